import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagedRecordings } from '../../src/commands/recordings-folder.js';
import type { ServedWorld } from '../../src/commands/simulated-world.js';
import { serveWorld } from '../../src/commands/simulated-world.js';
import { surveyLines, universe } from '../../src/commands/universe.js';
import type { Survey } from '../../src/ports/source.js';

const folder = mkdtempSync(join(tmpdir(), 'universe-spec-'));
let world: ServedWorld;
beforeAll(async () => {
  world = await serveWorld({ port: 0, speed: 1, recordings: packagedRecordings(), interval: '1m' });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (settings: object, more: { readonly json?: boolean; readonly patienceMs?: number } = {}) => {
  const path = join(folder, 'settings.yaml');
  writeFileSync(path, JSON.stringify({ sinks: [], ...settings }));
  const lines: string[] = [];
  const complaints: string[] = [];
  const code = await universe({
    config: path,
    set: [],
    env: {},
    print: (line) => lines.push(line),
    complain: (line) => complaints.push(line),
    ...more,
  });
  return { code, lines, complaints };
};

describe('universe', () => {
  it('prints what each filter removes', async () => {
    const source = { type: 'binance', endpoints: { usdm: world.endpoints.usdm }, universe: { deny: ['BTC*'], topN: 5 } };
    const { code, lines, complaints } = await ask({ source });
    expect({ code, complaints }).toEqual({ code: 0, complaints: [] });
    expect(lines[0]).toMatch(/^usdm: 5 of \d+ symbols are followed$/);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ {2}filter +removed +left +what is left +removed, for example$/),
        expect.stringMatching(/^ {2}contract +3 +\d+ +contracts of type PERPETUAL +BTCUSDT_250926, BTCUSDT_251226, XAUUSDT$/),
        expect.stringMatching(/^ {2}deny +1 +\d+ +not denied by name +BTCUSDT$/),
        expect.stringMatching(/^ {2}top +\d+ +5 +among the 5 most traded +\w+, \w+, \w+, …$/),
        expect.stringMatching(/^ {2}the most traded: ETHUSDT, /),
      ]) as string[],
    );
  });

  it('prints the same as JSON', async () => {
    const { code, lines } = await ask({ source: { type: 'binance', endpoints: { usdm: world.endpoints.usdm } } }, { json: true });
    const [survey] = JSON.parse(lines.join('\n')) as Survey[];
    expect(code).toBe(0);
    expect(survey?.market).toBe('usdm');
    expect(survey?.symbols[0]).toBe('BTCUSDT');
    expect(survey?.steps.map(({ filter }) => filter).slice(0, 2)).toEqual(['listed', 'contract']);
    expect(survey?.steps.at(-1)?.left).toBe(survey?.symbols.length);
  });

  it('says when the exchange does not answer', async () => {
    const undo = world.exchange.faults.rest({ reply: { kind: 'reply', status: 503, headers: {}, body: '' } });
    const { code, lines, complaints } = await ask(
      { source: { type: 'binance', endpoints: { usdm: world.endpoints.usdm } } },
      { patienceMs: 300 },
    );
    undo();
    expect({ code, lines }).toEqual({ code: 69, lines: [] });
    expect(complaints).toEqual([expect.stringContaining('answered 503'), 'no answer within 0.3 s']);
  });

  it('says of a source that chooses nothing, and of wrong settings', async () => {
    expect(await ask({ source: { type: 'replay', bars: ['x'] }, store: { type: 'memory' } })).toMatchObject({
      code: 65,
      complaints: ['the source replay does not choose symbols'],
    });
    expect(await ask({ source: { type: 'binance', universe: { topN: 0 } } })).toMatchObject({ code: 78, lines: [] });
  });

  it('keeps its columns whatever letters a symbol has', () => {
    const step = { filter: 'listed', words: 'listed', left: 2, removed: 0, unknown: 0, examples: [] };
    const lines = surveyLines({
      market: 'spot',
      symbols: ['币安人生USDT'],
      steps: [step, { ...step, filter: 'age', words: 'of any age', left: 1, removed: 1, unknown: 1, examples: ['币安人生USDT'] }],
    });
    expect(lines).toEqual([
      'spot: 1 of 2 symbols are followed',
      '',
      '  filter  removed  left  what is left            removed, for example',
      '  listed              2  listed',
      '  age           1     1  of any age (1 unknown)  币安人生USDT',
      '',
      '  the most traded: 币安人生USDT',
    ]);
  });
});
