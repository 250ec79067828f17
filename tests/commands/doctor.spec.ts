import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doctor } from '../../src/commands/doctor.js';
import { packagedRecordings } from '../../src/commands/recordings-folder.js';
import type { ServedWorld } from '../../src/commands/simulated-world.js';
import { serveWorld } from '../../src/commands/simulated-world.js';

/*
 * The doctor at the bedside of the simulated exchange and Discord, over loopback.
 */

const folder = mkdtempSync(join(tmpdir(), 'doctor-spec-'));
let world: ServedWorld;
beforeAll(async () => {
  world = await serveWorld({ port: 0, speed: 1, recordings: packagedRecordings(), interval: '1m' });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
const fileOf = (text: string): string => {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, text);
  return path;
};

/** Settings for the simulated world, in JSON, which is YAML. */
const settingsOf = (more: object = {}): string =>
  fileOf(
    JSON.stringify({
      source: { type: 'binance', markets: ['usdm'], interval: '1m', endpoints: { usdm: world.endpoints.usdm } },
      store: { type: 'lowdb', path: join(folder, 'data') },
      sinks: [{ type: 'console' }, { type: 'discord', webhookUrl: world.webhookUrl }],
      ...more,
    }),
  );

const visit = async (path: string, more: { readonly set?: readonly string[]; readonly sendTest?: boolean } = {}) => {
  const lines: string[] = [];
  const code = await doctor({ config: path, set: [], env: {}, print: (line) => lines.push(line), ...more });
  const text = lines.join('\n');
  expect(text).not.toMatch(/simulated-simulated|\n\s+at |undefined|NaN/);
  /** Marks by name: `✓ time`. */
  const marks = lines.flatMap((line) => {
    const [, mark, name] = /^ {2}(\S) (.+?)(?: {2,}|$)/.exec(line) ?? [];
    return mark === undefined ? [] : [`${mark} ${name}`];
  });
  return { code, text, marks };
};

const closedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
};

describe('doctor', () => {
  it('finds nothing wrong with the simulated world, posts nothing and leaves nothing behind', async () => {
    const { code, text, marks } = await visit(settingsOf());
    expect(text).toMatch(/^settings\n/);
    for (const name of ['settings', 'sinks', 'file descriptors', 'disk', 'durable', 'output', 'webhook'])
      expect(marks).toContain(`✓ ${name}`);
    for (const name of ['time', 'exchangeInfo', 'ticker/24hr', 'universe', 'klines', 'weight', 'stream /market'])
      expect(marks).toContain(`✓ usdm ${name}`);
    expect(marks).toContain('– usdm clock');
    expect(text).toContain('nothing was posted');
    expect(text).toMatch(/\nnothing is wrong; \d+ fine, \d+ not judged$/);
    expect(code).toBe(0);
    expect(world.discord.saved()).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.includes('probe') || name === 'data')).toEqual([]);
  });

  it('posts one message when it is told to', async () => {
    const before = world.discord.saved().length;
    const { code, marks } = await visit(settingsOf(), { sendTest: true });
    expect([code, marks.includes('✓ test message')]).toEqual([0, true]);
    const posted = world.discord.saved().slice(before);
    expect(posted).toHaveLength(1);
    expect(JSON.stringify(posted[0])).toContain('This is a test');
  });

  it('says of each failure what would help, and ends with 1', async () => {
    const undo = world.exchange.faults.rest({
      path: '/fapi/v1/klines',
      reply: {
        kind: 'reply',
        status: 451,
        headers: {},
        body: '{"code":0,"msg":"Service unavailable from a restricted location"}',
      },
    });
    const wrongWebhook = world.webhookUrl.replace(/\/\d{18}\//, '/100000000000000009/');
    const { code, text, marks } = await visit(settingsOf({ sinks: [{ type: 'discord', webhookUrl: wrongWebhook }] }), {
      set: [`store.path=${fileOf('a file')}/data`, `source.endpoints.usdm.ws=ws://127.0.0.1:${await closedPort()}`],
    });
    undo();
    expect(marks).toEqual(
      expect.arrayContaining(['✗ usdm klines', '✗ webhook', '✗ durable', '✗ usdm stream /market', '✓ usdm time']),
    );
    expect(text).toContain('run the monitor somewhere else');
    expect(text).toContain('make a new one in the channel');
    expect(text).toContain('(ECONNREFUSED)');
    expect(text.match(/→/g)).toHaveLength(4);
    expect(text).toMatch(/\n4 failed; /);
    expect(code).toBe(1);
  });

  it('asks an exchange that cannot be reached only once, and says so in plain words', async () => {
    const port = await closedPort();
    const nowhere = { rest: `http://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${port}` };
    const { code, text, marks } = await visit(
      settingsOf({
        source: { type: 'binance', markets: ['usdm', 'spot'], endpoints: { usdm: nowhere, spot: nowhere } },
        sinks: [],
      }),
    );
    expect(marks).toEqual(
      expect.arrayContaining([
        '✗ sinks',
        '✗ usdm time',
        '– usdm klines',
        '✗ usdm stream /market',
        '✗ spot time',
        '✗ spot stream /',
      ]),
    );
    expect(text).toContain(`cannot reach 127.0.0.1:${port}: connection refused`);
    expect(text).toContain('nothing listens there: look at source.endpoints');
    expect(code).toBe(1);
  });

  it('names what is wrong with the settings, and still looks at the machine', async () => {
    const { code, text, marks } = await visit(fileOf('sinks: [{ type: console }]\nsource:\n  typo: 1\n'));
    expect(text).toMatch(/✗ settings +\S+\.yaml:3:3/);
    expect(marks).toContain('✓ file descriptors');
    expect(code).toBe(1);
  });
});
