import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Observable } from 'rxjs';
import { asyncScheduler, take } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import type { Bar } from '../../src/model/bar.js';
import type { Fault } from '../../src/model/fault.js';
import type { Context } from '../../src/ports/context.js';
import type { FeedEvent } from '../../src/ports/source.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { replay } from '../../src/sources/replay.js';
import { readGoldenBars } from '../support/golden.js';
import { goldenPath, sharedPathOrSay } from '../support/shared.js';

const root = mkdtempSync(join(tmpdir(), 'replay-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
/** A folder with these files; packed where the name says so. */
const folderOf = (files: Readonly<Record<string, string>>): string => {
  const folder = join(root, `${++folders}`);
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  }
  return folder;
};

const contextOf = (marketTime: object = createVirtualClock(), faults: Fault[] = []): Context =>
  ({ marketTime, report: (fault: Fault) => faults.push(fault) }) as unknown as Context;

const sourceOf = (bars: readonly string[], context = contextOf()) =>
  replay.create(replay.options.parse({ bars: [...bars] }), context);
const collected = async <T>(value$: Observable<T>): Promise<readonly T[]> => {
  const values: T[] = [];
  await value$.forEach((value) => void values.push(value));
  return values;
};
const played = (paths: readonly string[], context = contextOf()): Promise<readonly FeedEvent[]> =>
  collected(sourceOf(paths, context).event$);
const barsIn = (events: readonly FeedEvent[]): readonly Bar[] =>
  events.flatMap((event) => (event.kind === 'bar' ? [event.bar] : []));

const MIN = 60_000;
/** 2024-06-01 00:00 UTC. */
const T = 1_717_200_000_000;
const row = (openTimeMs: number, close = 1): string => `${openTimeMs},1,${Math.max(1, close)},${Math.min(1, close)},${close},5`;
const rows = (stepMs: number, count: number, fromMs = T): string =>
  Array.from({ length: count }, (_, i) => `${row(fromMs + i * stepMs)}\n`).join('');

/** `ABC|15m:00:15` for a bar by its series and the time it opens, `[15m ABC DEF]` for a roster. */
const inWords = (event: FeedEvent): string => {
  if (event.kind === 'roster') return `[${event.interval} ${event.symbols.join(' ')}]`;
  if (event.kind === 'closed') return 'closed';
  return `${event.bar.symbol}|${event.bar.interval}:${new Date(event.bar.openTimeMs).toISOString().slice(11, 16)}`;
};

const HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n';
const WHOLE = `${T},1.5,2.50000000,0.5,1e0,10,${T + 15 * MIN - 1},15.25,7,4,6.1,0\n`;
const WHOLE_BAR: Bar = {
  market: 'usdm',
  symbol: 'ABC',
  interval: '15m',
  openTimeMs: T,
  open: 1.5,
  high: 2.5,
  low: 0.5,
  close: 1,
  volume: 10,
  quoteVolume: 15.25,
  tradeCount: 7,
  takerVolume: 4,
  takerQuoteVolume: 6.1,
  provenance: 'replay',
};
const BARE_BAR: Bar = { ...WHOLE_BAR, quoteVolume: null, tradeCount: null, takerVolume: null, takerQuoteVolume: null };

describe('a recording', () => {
  it.each<[string, string, string, Bar]>([
    ['with a header', 'ABC-15m.csv', HEADER + WHOLE, WHOLE_BAR],
    ['packed', 'ABC-15m.csv.gz', HEADER + WHOLE, WHOLE_BAR],
    ['without a header', 'ABC-15m.csv', WHOLE, WHOLE_BAR],
    ['without a newline at its end', 'ABC-15m.csv', WHOLE.trimEnd(), WHOLE_BAR],
    ['with Windows line ends and an empty line', 'ABC-15m.csv', `${HEADER}${WHOLE}\n`.replaceAll('\n', '\r\n'), WHOLE_BAR],
    ['with a byte order mark', 'ABC-15m.csv', `\uFEFF${HEADER}${WHOLE}`, WHOLE_BAR],
    ['in microseconds', 'ABC-15m.csv', WHOLE.replace(`${T},`, `${T}000,`), WHOLE_BAR],
    ['with empty columns', 'ABC-15m.csv', `${HEADER}${T},1.5,2.5,0.5,1,10,,,,,,\n`, BARE_BAR],
    ['with six columns only', 'ABC-15m.csv', `${T},1.5,2.5,0.5,1,10\n`, BARE_BAR],
    ['with an empty volume', 'ABC-15m.csv', `${T},1.5,2.5,0.5,1,\n`, { ...BARE_BAR, volume: null }],
    [
      'with columns in another order',
      'ABC-15m.csv',
      `Close,open,low,high,x,open_time\n1,1.5,0.5,2.5,?,${T}\n`,
      { ...BARE_BAR, volume: null },
    ],
    ['of a day in its name', 'ABC-alt-15m-2024-06-01.csv', WHOLE, WHOLE_BAR],
    ['of a symbol that is not ASCII', '币安人生USDT-15m-20240601_20240602.csv', WHOLE, { ...WHOLE_BAR, symbol: '币安人生USDT' }],
    ['in the folder of a market', 'spot/ABC-15m.csv', WHOLE, { ...WHOLE_BAR, market: 'spot' }],
    ['in some other folder', 'june/ABC-15m.csv', WHOLE, WHOLE_BAR],
    ['named after a month', 'ABC-2024-06-thin-1m.csv', WHOLE, { ...WHOLE_BAR, interval: '1m' }],
  ])('%s', async (_, name, text, bar) => {
    expect(barsIn(await played([folderOf({ [name]: text })]))).toStrictEqual([bar]);
  });

  it('of a market that the options name', async () => {
    const bars = [folderOf({ 'spot/ABC-15m.csv': WHOLE })];
    const source = replay.create(replay.options.parse({ bars, market: 'usdm' }), contextOf());
    expect(barsIn(await collected(source.event$))).toStrictEqual([WHOLE_BAR]);
  });

  it('without any row tells nothing', async () => {
    expect(await played([folderOf({ 'ABC-15m.csv': HEADER, 'DEF-15m.csv': '' })])).toEqual([]);
  });

  it.each(['ALCHUSDT-alt-15m.csv.gz', 'NEARUSDT-2024-06-15m.csv.gz'])('%s is read as by the plainest reader', async (file) => {
    const bars = readGoldenBars(goldenPath('series/input', file));
    expect(bars).toHaveLength(700);
    expect(barsIn(await played([goldenPath('series/input', file)]))).toStrictEqual(bars);
  });

  it('of many pieces loses no row at their seams', async () => {
    const events = await played([folderOf({ 'ABC-1m.csv': rows(MIN, 20_000), 'DEF-1m.csv.gz': rows(MIN, 20_000) })]);
    const times = Array.from({ length: 20_000 }, (_, i) => T + i * MIN);
    const timesOf = (symbol: string) => barsIn(events).flatMap((bar) => (bar.symbol === symbol ? [bar.openTimeMs] : []));
    expect(timesOf('ABC')).toEqual(times);
    expect(timesOf('DEF')).toEqual(times);
  });
});

describe('recordings together', () => {
  it('are told by close time, higher interval first, then symbol, and a changed roster before its bars', async () => {
    const folder = folderOf({
      'B-15m.csv': rows(15 * MIN, 3, T + 30 * MIN),
      'A-15m.csv': rows(15 * MIN, 4),
      'A-1h.csv.gz': rows(60 * MIN, 1),
    });
    expect((await played([folder])).map(inWords)).toEqual([
      '[15m A]',
      'A|15m:00:00',
      'A|15m:00:15',
      '[15m A B]',
      'A|15m:00:30',
      'B|15m:00:30',
      '[1h A]',
      'A|1h:00:00',
      'A|15m:00:45',
      'B|15m:00:45',
      '[15m B]',
      'B|15m:01:00',
    ]);
  });

  it('keep the rosters of two markets apart', async () => {
    const folder = folderOf({ 'usdm/A-15m.csv': rows(15 * MIN, 2), 'spot/B-15m.csv': rows(15 * MIN, 2) });
    expect((await played([folder])).map(inWords)).toEqual([
      '[15m A]',
      'A|15m:00:00',
      '[15m B]',
      'B|15m:00:00',
      'A|15m:00:15',
      'B|15m:00:15',
    ]);
  });

  it('join two files of one series', async () => {
    const folder = folderOf({
      'A-15m-2024-06-01.csv': rows(15 * MIN, 2),
      'A-15m-2024-06-02.csv': rows(15 * MIN, 1, T + 30 * MIN),
    });
    expect((await played([folder])).map(inWords)).toEqual(['[15m A]', 'A|15m:00:00', 'A|15m:00:15', 'A|15m:00:30']);
  });

  it('take a file once, however often it is named', async () => {
    const folder = folderOf({ 'A-15m.csv': rows(15 * MIN, 2) });
    expect(await played([folder, join(folder, 'A-15m.csv')])).toHaveLength(3);
  });

  it('leave out and report what lies in a folder without being a recording', async () => {
    const folder = folderOf({ 'A-15m.csv': rows(15 * MIN, 1), 'MANIFEST.csv': 'x', 'README.md': 'x' });
    const faults: Fault[] = [];
    expect(await played([folder], contextOf(createVirtualClock(), faults))).toHaveLength(2);
    expect(faults).toEqual([
      { kind: 'recording-ignored', detail: expect.stringContaining('MANIFEST.csv is left out') as string },
    ]);
  });

  const klines = sharedPathOrSay('reading every recording', 'data/klines');
  it.skipIf(klines === null)('all of the shared ones are read to their last row', async () => {
    let count = 0;
    await sourceOf([klines ?? '']).event$.forEach((event) => void (count += event.kind === 'bar' ? 1 : 0));
    expect(count).toBe(895_152);
  });
});

describe('an error says where, what, and what would be right', () => {
  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'a price that is no number',
      { 'A-15m.csv': `${row(T)}\n${T + 15 * MIN},1,2,0x1,1,5\n` },
      /A-15m\.csv:2: low "0x1" is not a number; expected a decimal$/,
    ],
    ['an empty price', { 'A-15m.csv': `${T},1,2,1,,5\n` }, /A-15m\.csv:1: close is empty; expected a number$/],
    ['a negative volume', { 'A-15m.csv': `${T},1,2,1,1,-5\n` }, /:1: volume -5 is negative$/],
    [
      'a high below the close',
      { 'A-15m.csv': `${T},1,2,1,3,5\n` },
      /:1: high 2 and low 1 do not hold open 1 and close 3 between them$/,
    ],
    [
      'a row cut off',
      { 'A-15m.csv': `${HEADER}${T},1,2,1,1\n` },
      /:2: 5 columns, but the rows before have 12; the row may be cut off$/,
    ],
    [
      'too few columns',
      { 'A-15m.csv': `${T},1,2,1,1\n` },
      /:1: 5 columns; expected open_time,open,high,low,close,volume and perhaps more$/,
    ],
    [
      'a header without a needed column',
      { 'A-15m.csv': 'open_time,open,high,low\n' },
      /:1: the header has no close; expected columns such as open_time,/,
    ],
    [
      'a header with a column twice',
      { 'A-15m.csv': 'open_time,open,high,low,close,close\n' },
      /:1: the header has close twice; expected it once$/,
    ],
    [
      'another interval than the name says',
      { 'A-1h.csv': rows(15 * MIN, 3) },
      /:2: open_time 1717200900000 is not the beginning of a 1h bar; does the file's name/,
    ],
    [
      'rows out of order',
      { 'A-15m.csv': `${row(T + 15 * MIN)}\n${row(T)}\n` },
      /:2: open_time 1717200000000 does not come after the row before/,
    ],
    ['a row twice', { 'A-15m.csv': `${row(T)}\n${row(T)}\n` }, /:2: open_time 1717200000000 does not come after the row before/],
    ['no CSV at all', { 'A-15m.csv': 'x'.repeat(70_000) }, /A-15m\.csv: a line of more than 4096 bytes/],
    [
      'bars that two files hold',
      { 'A-15m-1.csv': rows(15 * MIN, 3), 'A-15m-2.csv': rows(15 * MIN, 3, T + 30 * MIN) },
      /A-15m-1\.csv and .*A-15m-2\.csv both hold the 15m bar of A \(usdm\) that opens at 2024-06-01T00:30:00\.000Z; give each bar once$/,
    ],
    ['a folder without recordings', { 'notes.txt': '' }, /holds no recording; expected a name such as BTCUSDT-15m-2025-10\.csv/],
    ['a bar length that is none', { 'A-7m.csv': '' }, /7m is no bar length; expected one of 1m, 3m/],
  ])('%s', async (_, files, message) => {
    await expect(played([folderOf(files)])).rejects.toThrow(message);
  });

  it.each([
    ['a name without an interval', 'BTCUSDT.csv', /BTCUSDT\.csv: does not say of which series it is; expected a name such as/],
    ['an archive as downloaded', 'BTCUSDT-15m.zip', /BTCUSDT-15m\.zip: is a zip archive; unpack it first/],
    ['a gzip file that is none', 'BTCUSDT-15m.csv.gz', /BTCUSDT-15m\.csv\.gz: is not a whole gzip file \(Z_DATA_ERROR\)/],
  ])('%s', async (_, name, message) => {
    const path = join(folderOf({ 'other.txt': '' }), name);
    writeFileSync(path, 'no gzip');
    await expect(played([path])).rejects.toThrow(message);
  });

  it('a gzip file cut off', async () => {
    const path = join(folderOf({ 'other.txt': '' }), 'A-15m.csv.gz');
    writeFileSync(path, gzipSync(rows(15 * MIN, 1_000)).subarray(0, 2_000));
    await expect(played([path])).rejects.toThrow(/is not a whole gzip file \(Z_BUF_ERROR\)/);
  });

  it('a path that is not there', async () => {
    await expect(played([join(root, 'nowhere')])).rejects.toThrow(/nowhere: there is no such file or folder$/);
  });
});

describe('virtual time', () => {
  const folder = folderOf({ 'A-15m.csv': rows(15 * MIN, 3) });

  it('stands at the close of a bar when it is told', async () => {
    const clock = createVirtualClock();
    const seen: number[] = [];
    await sourceOf([folder], contextOf(clock)).event$.forEach(
      (event) => void (event.kind === 'bar' && seen.push(clock.now() - event.bar.openTimeMs)),
    );
    expect(seen).toEqual([15 * MIN, 15 * MIN, 15 * MIN]);
  });

  it('lets what is due before a close happen before it, in order', async () => {
    const clock = createVirtualClock(T);
    const seen: string[] = [];
    clock.schedule(() => seen.push('at 20'), 20 * MIN);
    clock.schedule(() => seen.push('at 10'), 10 * MIN);
    clock.schedule(() => seen.push('at 30'), 30 * MIN);
    await sourceOf([folder], contextOf(clock)).event$.forEach((event) => void seen.push(inWords(event)));
    expect(seen).toEqual(['at 10', '[15m A]', 'A|15m:00:00', 'at 20', 'at 30', 'A|15m:00:15', 'A|15m:00:30']);
  });

  it('waits at each close for real operations that have begun', async () => {
    const clock = createVirtualClock(T);
    let open = 0;
    const openAtTelling: number[] = [];
    await sourceOf([folder], contextOf(clock)).event$.forEach((event) => {
      if (event.kind !== 'bar') return;
      openAtTelling.push(open++);
      const end = clock.hold();
      setImmediate(() => setImmediate(() => (open--, end())));
    });
    expect(openAtTelling).toEqual([0, 0, 0]);
  });

  it('is not needed: on a real clock the bars come as they are read', async () => {
    expect(await played([folder], contextOf(asyncScheduler))).toHaveLength(4);
  });
});

describe('the source', () => {
  const folder = folderOf({ 'A-1m.csv': rows(MIN, 5_000), 'B-1m.csv': rows(MIN, 5_000) });

  it('reads no further once nobody listens', async () => {
    const source = sourceOf([folder]);
    expect(await collected(source.event$.pipe(take(10)))).toHaveLength(10);
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    expect(source.status().note).toBe('replaying 2024-06-01T00:05:00.000Z');
  });

  it('begins anew for every listener', async () => {
    const source = sourceOf([folder]);
    const first = await collected(source.event$);
    expect(await collected(source.event$)).toEqual(first);
    expect(source.status().series).toBe(2);
  });

  it('has no history besides what it tells', async () => {
    const series = { market: 'usdm', symbol: 'A', interval: '1m' } as const;
    expect(await collected(sourceOf([folder]).history.bars(series, 0, T))).toEqual([]);
  });
});
