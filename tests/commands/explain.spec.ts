import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountJson } from '../../src/commands/decision-json.js';
import { ask } from '../../src/commands/decision-ring.js';
import type { Answer, SymbolQuestion } from '../../src/commands/decision-ring.js';
import { explainLines } from '../../src/commands/explain.js';
import { loadReplay, replayAlerts } from '../../src/commands/replay.js';
import { whyNotLines } from '../../src/commands/why-not.js';
import type { Condition } from '../../src/model/verdict.js';
import { goldenPath } from '../support/shared.js';

/*
 * A replay of the golden sample that records its decisions, and the questions put to them: what they say is what was decided.
 */

const MAIN = resolve(process.env['MONITOR_MAIN'] ?? 'dist/main.js');

interface AlertLine {
  readonly id: string;
  readonly symbol: string;
  readonly interval: '15m';
  readonly decisionTimeMs: number;
  readonly direction: 'up' | 'down';
  readonly suppressedBy: string | null;
  readonly conditions: readonly Condition[];
  readonly measures: Readonly<Record<string, number | null>>;
}

const folder = mkdtempSync(join(tmpdir(), 'explain-spec-'));
const ring = join(folder, 'ring');
let lines: readonly AlertLine[] = [];

beforeAll(async () => {
  const set = [
    `decisions.folder=${ring}`,
    'decisions.keep=400d',
    'pipeline.unknownLiquidity=high',
    'pipeline.shortHistory=judge',
    'pipeline.moveThreshold=1.5',
    'pipeline.volumeLogZThreshold=1.5',
    'pipeline.cooldown=2h',
  ];
  const loaded = loadReplay({ config: 'config/replay.yaml', bars: [goldenPath('series/input')], set, env: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const path = join(folder, 'alerts.jsonl');
  const { code, host } = await replayAlerts(loaded.settings, path);
  expect(code).toBe(0);
  expect(host.faults.counts()['decisions-lost']).toBe(0);
  lines = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AlertLine);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const question = (given: Pick<SymbolQuestion, 'symbol'> & Partial<SymbolQuestion>): SymbolQuestion => ({
  ring,
  set: [],
  env: {},
  ...given,
});

const answerTo = async (given: Pick<SymbolQuestion, 'symbol'> & Partial<SymbolQuestion>): Promise<Answer> => {
  const answer = await ask(question(given));
  if (typeof answer === 'number') throw new Error(`exit code ${answer}`);
  return answer;
};

const start = (...argv: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...argv], { env: {}, encoding: 'utf8', timeout: 30_000 });
  return { status, out: stdout, err: stderr };
};

describe('explain', () => {
  it('says of every fired verdict what --alerts says, number for number, and what withheld it', async () => {
    expect(lines.length).toBeGreaterThan(20);
    expect(new Set(lines.map(({ suppressedBy }) => suppressedBy))).toContain('cooldown');
    for (const line of lines) {
      const { accounts } = await answerTo({ symbol: line.symbol, time: line.decisionTimeMs });
      const told = accounts.map((account) => accountJson(account))[0] as {
        readonly measures: Record<string, number | null>;
        readonly verdicts: readonly (AlertLine & { readonly alertId: string; readonly fired: boolean })[];
      };
      const verdict = told.verdicts.find(({ direction }) => direction === line.direction);
      expect(verdict).toMatchObject({
        fired: true,
        alertId: line.id,
        suppressedBy: line.suppressedBy,
        conditions: line.conditions,
      });
      expect(told.measures).toMatchObject(
        Object.fromEntries(Object.entries(line.measures).filter(([name]) => name in told.measures)),
      );
    }
  });

  it('lays out the inputs, each condition with its margin, and the outcome', async () => {
    const line = lines.find(({ suppressedBy }) => suppressedBy === null) as AlertLine;
    const { accounts, units } = await answerTo({ symbol: line.symbol, time: line.decisionTimeMs });
    const text = explainLines(accounts[0]!, units).join('\n');
    const move = line.conditions.find(({ measure }) => measure === 'm_1') as Condition & {
      readonly value: number;
      readonly margin: number;
    };
    expect(text).toContain(`fired, sent as alert ${line.id}`);
    expect(text).toContain('bar replayed from a recording, follows its neighbour');
    expect(text).toMatch(
      new RegExp(
        `move over 1 bar +${move.value.toFixed(2)} ATR +${line.direction === 'up' ? '≥ 1.50' : '≤ -1.50'} ATR +\\+${move.margin.toFixed(2)} ATR +passed`,
      ),
    );
    expect(text).toContain('liquidityPerHour');
  });

  it('names the alert whose cooldown withheld another, and since when', async () => {
    const line = lines.find(({ suppressedBy }) => suppressedBy === 'cooldown') as AlertLine;
    const since = lines.findLast(
      (each) =>
        each.symbol === line.symbol &&
        each.direction === line.direction &&
        each.suppressedBy === null &&
        each.decisionTimeMs < line.decisionTimeMs,
    ) as AlertLine;
    const { accounts, units } = await answerTo({ symbol: line.symbol, time: line.decisionTimeMs });
    const text = whyNotLines(accounts[0]!, units).join('\n');
    expect(text).toMatch(
      new RegExp(`it fired and was suppressed by cooldown since [-\\d ]*\\d\\d:\\d\\d \\(alert ${since.id}\\)`),
    );
  });

  it('tells of the last close by the time asked for, and takes a time of day', async () => {
    const [symbol] = lines.map((line) => line.symbol);
    const newest = (await answerTo({ symbol: symbol! })).accounts[0]!;
    const clock = new Date(newest.decisionTimeMs - 900_000).toISOString().slice(11, 16);
    expect((await answerTo({ symbol: symbol!, time: clock })).accounts[0]?.decisionTimeMs).toBe(newest.decisionTimeMs - 900_000);
    expect((await answerTo({ symbol: symbol!.toLowerCase(), time: newest.decisionTimeMs + 5 })).accounts[0]?.decisionTimeMs).toBe(
      newest.decisionTimeMs,
    );
  });
});

describe('why-not', () => {
  it('lists the conditions that failed, and by how much', async () => {
    const fired = new Set(lines.map(({ symbol, decisionTimeMs }) => `${symbol} ${decisionTimeMs}`));
    const { accounts, units } = await answerTo({ symbol: lines.at(-1)!.symbol });
    const account = accounts[0]!;
    expect(fired.has(`${account.symbol} ${account.decisionTimeMs}`)).toBe(false);
    const text = whyNotLines(account, units).join('\n');
    const failed = account.decision?.verdicts[0]?.conditions.filter(({ passed }) => !passed) ?? [];
    expect(failed.length).toBeGreaterThan(0);
    expect(text).toContain(`up: ${failed.length} of 4 conditions failed`);
    for (const { margin } of failed) expect(text).toContain(`short by ${Math.abs(margin ?? NaN).toFixed(2)}`);
  });

  it('says that a series was not judged, and why', async () => {
    const { accounts, units } = await answerTo({ symbol: lines[0]!.symbol, time: Date.UTC(2001, 0, 1) });
    expect(whyNotLines(accounts[0]!, units)[1]).toMatch(
      /^ {2}this series was not judged: no close at 2001-01-01 00:00 UTC is in the ring, which reaches from /,
    );
  });
});

describe('the program', () => {
  it('answers as text and as JSON', () => {
    const { symbol, decisionTimeMs } = lines[0] as AlertLine;
    const json = start('explain', symbol, String(decisionTimeMs), '--ring', ring, '--json');
    expect(json).toMatchObject({ status: 0, err: '' });
    expect(JSON.parse(json.out)).toMatchObject({ symbol, decisionTimeMs, judged: true });
    expect(start('why-not', symbol, String(decisionTimeMs), '--ring', ring).out).toContain('it fired');
  });

  it('lists ten misses, nearest first', () => {
    const { status, out } = start('nearest', '--ring', ring, '--json');
    const misses = out
      .trimEnd()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as { readonly distance: number; readonly verdict: { readonly conditions: readonly Condition[] } },
      );
    expect({ status, count: misses.length }).toStrictEqual({ status: 0, count: 10 });
    const distances = misses.map(({ distance }) => distance);
    expect(distances).toStrictEqual([...distances].sort((a, b) => a - b));
    for (const { distance, verdict } of misses)
      expect(distance).toBe(
        Math.max(
          ...verdict.conditions.map(({ passed, margin, threshold }) => (passed ? 0 : -(margin ?? NaN) / Math.abs(threshold))),
        ),
      );
    expect(start('nearest', '--ring', ring).out).toMatch(/^the nearest misses from .*\n\nshort by +decided \(UTC\) +symbol/);
  });

  it.each([
    ['a symbol that nobody follows', ['explain', 'NOSUCHUSDT'], 'NOSUCHUSDT was not judged: nothing is known of such a symbol\n'],
    ['a time that is none', ['explain', 'BTCUSDT', 'noon'], "'noon' is invalid for argument 'time'. It should be such as"],
    ['a length that is none', ['why-not', 'BTCUSDT', '--interval', '7m'], "argument '7m' is invalid"],
  ])('refuses %s', (_, argv, sentence) => {
    const { status, err, out } = start(...argv, '--ring', ring);
    expect(err).toContain(sentence);
    expect([64, 65]).toContain(status);
    expect(out).toBe('');
  });

  it('guesses what was meant', () => {
    const symbol = lines[0]!.symbol;
    expect(start('explain', symbol.replace('USDT', ''), '--ring', ring).err).toContain(`did you mean ${symbol}?`);
    expect(start('explain', `${symbol.slice(0, 1)}${symbol.slice(2)}`, '--ring', ring).err).toContain(`did you mean ${symbol}?`);
  });

  it('says where decisions would be, and how to have them, when there are none', () => {
    const { status, err } = start('nearest', '--ring', join(folder, 'nothing'));
    expect(status).toBe(65);
    expect(err).toContain(`there are no decisions in ${join(folder, 'nothing')} yet`);
    writeFileSync(join(folder, 'off.yaml'), 'store: { type: memory }\n');
    const off = start('explain', 'BTCUSDT', '--config', join(folder, 'off.yaml'));
    expect(off).toMatchObject({ status: 65 });
    expect(off.err).toContain('set decisions.enabled to on');
  });
});
