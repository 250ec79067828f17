import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mute } from '../../src/commands/mute.js';

const NOW_MS = Date.parse('2026-08-06T12:03:00Z');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mute-spec-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ask = async (given: Partial<Parameters<typeof mute>[0]>, settings: object = {}) => {
  const path = join(folder, 'settings.yaml');
  writeFileSync(path, JSON.stringify({ store: { type: 'lowdb', path: join(folder, 'data') }, sinks: [], ...settings }));
  const [lines, complaints]: [string[], string[]] = [[], []];
  const code = await mute({
    ...{ config: path, set: [], env: {}, nowMs: NOW_MS },
    print: (line) => lines.push(line),
    complain: (line) => complaints.push(line),
    ...given,
  });
  return { code, lines, complaints };
};
const held = (): unknown => JSON.parse(readFileSync(join(folder, 'data', 'silences.json'), 'utf8'));

describe('mute', () => {
  it('silences a symbol for a while, in the folder of the store', async () => {
    const { code, lines } = await ask({ what: 'btc*', duration: '30m', reason: 'maintenance' });
    expect([code, lines[0]]).toStrictEqual([0, 'BTC* is silenced for 30m, until 2026-08-06 12:33 UTC']);
    expect(held()).toStrictEqual({
      silences: [
        {
          id: expect.stringMatching(/^[0-9a-f]{6}$/) as string,
          what: 'BTC*',
          since: '2026-08-06T12:03:00.000Z',
          until: '2026-08-06T12:33:00.000Z',
          reason: 'maintenance',
        },
      ],
    });
  });

  it('lists what is silenced, the first to end first, and lifts it', async () => {
    expect((await ask({ list: true })).lines).toStrictEqual(['nothing is silenced']);
    await ask({ what: 'ETHUSDT', duration: '2h' });
    const [, how = ''] = (await ask({ what: 'rule:momentum', duration: '90s', reason: 'too loud' })).lines;
    const id = how.split(' ').at(-1) ?? '';
    const { lines } = await ask({ list: true });
    expect(lines.map((line) => line.replace(/^[0-9a-f]{6}/, 'abcdef'))).toStrictEqual([
      'id      what           since                 until                    reason',
      'abcdef  rule:momentum  2026-08-06 12:03 UTC  2026-08-06 12:04:30 UTC  too loud',
      'abcdef  ETHUSDT        2026-08-06 12:03 UTC  2026-08-06 14:03 UTC',
    ]);
    expect(await ask({ lift: id, nowMs: NOW_MS + 5_000 })).toMatchObject({ code: 0, lines: ['rule:momentum is heard again'] });
    expect((await ask({ list: true, nowMs: NOW_MS + 5_000 })).lines).toHaveLength(2);
    expect(await ask({ lift: id, nowMs: NOW_MS + 5_000 })).toMatchObject({
      code: 65,
      complaints: [`no silence ${id} holds; mute --list shows those that do`],
    });
  });

  it('forgets what has been over for a week, when the next one comes', async () => {
    await ask({ what: 'A', duration: '1m' });
    await ask({ what: 'B', duration: '1m', nowMs: NOW_MS + 6 * 86_400_000 });
    await ask({ what: 'C', duration: '1m', nowMs: NOW_MS + 8 * 86_400_000 });
    expect(held()).toMatchObject({ silences: [{ what: 'B' }, { what: 'C' }] });
  });

  const USAGE = 'mute needs a symbol or rule:NAME, and a duration with its unit up to 366d, such as: mute BTCUSDT 30m';
  it.each([
    ['nothing at all', {}, 64, USAGE],
    ['no duration', { what: 'A' }, 64, USAGE],
    ['a bare number', { what: 'A', duration: '30' }, 64, USAGE],
    ['no time at all', { what: 'A', duration: '0s' }, 64, USAGE],
    ['a time without end', { what: 'A', duration: '367d' }, 64, USAGE],
    [
      'two words',
      { what: 'A B', duration: '1m' },
      64,
      'what is silenced should be a symbol such as BTC*, or rule: and the name of a rule; a reason has at most 200 characters',
    ],
    [
      'a rule that is not there',
      { what: 'rule:momentun', duration: '1m' },
      65,
      'these settings have no rule momentun; they have momentum, market (did you mean momentum?)',
    ],
  ])('refuses %s', async (_, given, code, complaint) => {
    expect(await ask(given)).toStrictEqual({ code, lines: [], complaints: [complaint] });
  });

  it('takes the rule of market alerts, and any pattern of rules', async () => {
    expect((await ask({ what: 'rule:market', duration: '1m' })).code).toBe(0);
    expect((await ask({ what: 'rule:x*', duration: '1m' })).code).toBe(0);
  });

  it('needs a file where the store has no folder', async () => {
    const memory = { store: { type: 'memory' } };
    expect(await ask({ list: true }, memory)).toStrictEqual({
      code: 65,
      lines: [],
      complaints: ['the store memory has no folder to keep silences in: set silences.file'],
    });
    const file = join(folder, 'quiet.json');
    expect((await ask({ what: 'A', duration: '1m' }, { ...memory, silences: { file } })).code).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ silences: [{ what: 'A' }] });
  });

  it('says what is wrong with the file, and with the settings', async () => {
    const file = join(folder, 'quiet.json');
    writeFileSync(file, '{');
    const spoiled = await ask({ what: 'A', duration: '1m' }, { silences: { file } });
    expect([spoiled.code, spoiled.complaints]).toStrictEqual([73, [`${file}: it should be JSON, such as {"silences":[]}`]]);
    expect(await ask({ list: true }, { store: { type: 'x' } })).toMatchObject({ code: 78 });
  });
});
