import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../src/config/index.js';
import { formatProblem } from '../../src/config/node.js';
import type { Recordings } from '../../src/simulator/recordings.js';
import { canariesIn, CANARY, canaryOf } from '../support/canary.js';
import type { Loopback } from '../support/loopback.js';
import { closedPort, readPackaged, serveLoopback } from '../support/loopback.js';
import type { Program } from '../support/program.js';
import { startProgram, until } from '../support/program.js';
import type { MirrorMode, Mirrors } from './canary-mirror.js';
import { serveMirrors } from './canary-mirror.js';
import { PLANTED, plantedAt, plantedSinks, SECRET_PLACES } from './canary-planted.js';

/*
 * A canary stands in every secret of the settings, servers throw back whatever they are told, and everything that the program says
 * or writes is searched: F89 as a whole.
 */

const SYMBOLS = ['AERGOUSDT', 'B2USDT'];

let recordings: Recordings;
let exchange: Loopback;
let work: string;
beforeAll(async () => {
  recordings = await readPackaged(SYMBOLS);
  exchange = await serveLoopback(recordings, { speed: 60, startMs: Date.UTC(2025, 5, 19, 8) });
  work = mkdtempSync(join(tmpdir(), 'canary-'));
});
afterAll(async () => {
  await exchange.close();
  rmSync(work, { recursive: true, force: true });
});

let count = 0;

/** Settings with every secret planted; that of Discord comes from a variable. */
const settingsFor = (mirrors: Mirrors, more: object = {}) => {
  const folder = mkdtempSync(join(work, 'run-'));
  const [first, ...others] = plantedSinks(mirrors);
  const document = {
    clock: { speed: 60 },
    pipeline: {
      type: 'momentum',
      moveThreshold: 0.3,
      volumeLogZThreshold: 0.01,
      liquidityLevel: 0,
      unknownLiquidity: 'high',
      cooldown: '1m',
    },
    source: {
      type: 'binance',
      markets: ['usdm'],
      interval: '1m',
      universe: { allow: SYMBOLS },
      endpoints: { usdm: exchange.endpoints.usdm },
    },
    store: { type: 'lowdb', path: join(folder, 'store') },
    sinks: [{ ...first, webhookUrl: '${PLANTED_URL}' }, ...others],
    delivery: { maxAge: '1h', quickStartPause: '0s' },
    health: { port: 0 },
    record: { folder: join(folder, 'recorded') },
    log: { level: 'trace', format: 'json' },
    ...more,
  };
  const path = join(work, `settings-${++count}.yaml`);
  writeFileSync(path, JSON.stringify(document, null, 2));
  return { folder, path, env: { PLANTED_URL: String(first?.['webhookUrl']) } };
};

const filesUnder = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());

/** Everything in the files of a folder, unpacked where they are packed. */
const writtenIn = (folder: string): string =>
  filesUnder(folder)
    .map((path) => {
      const bytes = readFileSync(path);
      try {
        return path.endsWith('.gz') ? gunzipSync(bytes).toString('latin1') : bytes.toString('latin1');
      } catch {
        return bytes.toString('latin1');
      }
    })
    .join('\n');

const expectSilent = (text: string): void => expect(canariesIn(text)).toEqual([]);

/** What a command says until it has ended, or until `enough`, and what it leaves on the disk. */
const heard = async (
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  enough?: (program: Program) => Promise<unknown>,
) => {
  const program = startProgram(argv, env);
  if (enough !== undefined) {
    await Promise.race([enough(program), program.ended]);
    program.kill('SIGTERM');
  }
  const { code } = await program.ended;
  // Settings that were turned away would have had nothing to tell.
  if (code === 78) throw new Error(`${argv.join(' ')} finds fault with the settings: ${program.complaints()}`);
  return { code, text: `${program.output()}\n${program.complaints()}` };
};

describe('F89: a canary in every secret of the settings', { timeout: 90_000 }, () => {
  it.each(SECRET_PLACES)('is planted in %s at %j', (type, path) => {
    expect(String(plantedAt(type, path))).toContain(CANARY);
  });

  it('is planted where there are secrets, and nowhere else', () => {
    expect(SECRET_PLACES.length).toBeGreaterThan(2);
    for (const type of Object.keys(PLANTED).filter((each) => SECRET_PLACES.some(([other]) => other === each)))
      expect(SECRET_PLACES.filter(([each]) => each === type).length).toBeGreaterThan(0);
  });

  it.each(SECRET_PLACES)('is not told by what is said of wrong settings of %s at %j', (type, path) => {
    const [section = 'sinks'] = Object.entries({ store: ['redis', 'postgres'] }).flatMap(([name, types]) =>
      types.includes(type) ? [name] : [],
    );
    const [key = '', ...inner] = path;
    const told = [
      canaryOf('wrong', 20),
      `https://x.example/${canaryOf('wrong')}`,
      [canaryOf('wrong')],
      { [canaryOf('key')]: 1 },
    ].flatMap((wrong) => {
      const part = {
        type,
        ...PLANTED[type]?.({ http: 1, mail: 1, redis: 1, postgres: 1 }),
        [key]: inner.length === 0 ? wrong : [wrong],
      };
      const text = JSON.stringify({ [section]: section === 'sinks' ? [part] : part });
      const loaded = config.loadText({ file: { text, path: 'wrong.yaml', explicit: true }, env: {} });
      return loaded.ok ? [...loaded.summary, ...loaded.notes, ...loaded.warnings] : loaded.problems.map(formatProblem);
    });
    expect(told.length).toBeGreaterThan(0);
    // A key that is not known is named: it is no secret of ours. Everything else is kept back.
    expectSilent(told.join('\n').replaceAll(canaryOf('key'), ''));
  });

  it.concurrent.each(['400', '401', '404', '429', '500', 'redirect', 'reset', 'ok'] as const satisfies readonly MirrorMode[])(
    'is not told by a run whose servers answer with %s and all they were told',
    async (mode) => {
      const mirrors = await serveMirrors(mode);
      const format = mode === '500' || mode === '429' ? 'readable' : 'json';
      const { folder, path, env } = settingsFor(mirrors, { log: { level: 'trace', format } });
      const asked: string[] = [];
      const { text } = await heard(['run', '--config', path], env, async (program) => {
        const url = await until(
          'the health endpoint',
          () => /http:\/\/127\.0\.0\.1:\d+(?=\/healthz|")/.exec(program.output())?.[0],
        );
        await until('the mirrors are asked', () => mirrors.asked() >= plantedSinks(mirrors).length, 30_000);
        await until(
          'it is said what became of it',
          () => /delivery-(?:refused|unknown)|alert-dead|alert-delivered/.test(program.output()),
          30_000,
        );
        for (const question of ['/healthz', '/readyz']) asked.push(await (await fetch(`${url}${question}`)).text());
      });
      mirrors.close();
      expect(asked).toHaveLength(2);
      expectSilent(`${text}\n${asked.join('\n')}\n${writtenIn(folder)}`);
      expect(filesUnder(folder).some((file) => file.includes('recorded'))).toBe(true);
    },
  );

  it.concurrent('is not told by any other command, over what such a run has left', async () => {
    const mirrors = await serveMirrors('500');
    const { folder, path, env } = settingsFor(mirrors);
    await heard(['run', '--config', path], env, (program) =>
      until('something was sent', () => /delivery-unknown/.test(program.output()), 30_000),
    );
    const commands: readonly (readonly string[])[] = [
      ['check'],
      ['check', '--timeline'],
      ['check', '--route', 'symbol=BTCUSDT', 'strength=5'],
      ['doctor', '--send-test'],
      ['universe', '--json'],
      ['explain', 'AERGOUSDT'],
      ['explain', 'AERGOUSDT', '--json'],
      ['why-not', 'B2USDT'],
      ['nearest', '--json'],
      ['deliveries'],
      ['deliveries', '--json'],
      ['deliveries', 'dead'],
      ['deliveries', 'verify', '--json'],
      ['deliveries', 'resend', 'aaaaaaaaaaaaaaaa'],
    ];
    for (const argv of commands) {
      const [first = '', ...rest] = argv;
      const at = first === 'deliveries' && /^(?:dead|verify|resend)$/.test(rest[0] ?? '') ? 2 : 1;
      const { code, text } = await heard([...argv.slice(0, at), '--config', path, ...argv.slice(at)], env);
      // Not one that was turned away for its usage: it would have had nothing to tell.
      expect({ argv, code }).not.toEqual({ argv, code: 64 });
      expect(text.length, argv.join(' ')).toBeGreaterThan(5);
      expectSilent(text);
    }
    mirrors.close();
    expectSilent(writtenIn(folder));
  });

  it.concurrent.each(['redis', 'postgres'] as const)(
    'is not told by a start on %s that turns the password away, or is not there',
    async (type) => {
      const mirrors = await serveMirrors('500');
      const gone: Mirrors = { ...mirrors, redis: await closedPort(), postgres: await closedPort() };
      for (const at of [mirrors, gone]) {
        const { path, env } = settingsFor(mirrors, { store: { type, ...PLANTED[type]?.(at) } });
        const before = mirrors.asked();
        for (const command of ['doctor', 'run'] as const) {
          const { text } = await heard([command, '--config', path], env, (program) =>
            until('the store has been tried', () => /store/.test(program.output() + program.complaints()), 30_000),
          );
          expectSilent(text);
        }
        if (at === mirrors) expect(mirrors.asked()).toBeGreaterThan(before);
      }
      mirrors.close();
    },
  );
});
