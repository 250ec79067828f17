import { takeUntil } from 'rxjs';
import type { Series } from '../../src/model/series.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { createExchange } from '../../src/simulator/exchange.js';
import { createRandom } from '../../src/simulator/exchange/random.js';
import { createSyntheticRecordings } from '../../src/simulator/synthetic.js';
import { addressesOf } from '../support/loopback.js';
import { createVirtualMonitor } from './virtual-monitor.js';

/*
 * A day of the exchange in virtual time, whole monitor, with everything that goes wrong in a day put into a few hours or
 * twenty-four of them. What was evaluated is compared with the exchange's own log, never with the monitor's counters.
 */

const MINUTE = 60_000;
const HOUR = 3_600_000;
const START_MS = Date.UTC(2026, 0, 5, 0, 0, 20);
/** After the last fault everything must come right within this long. */
const HEAL_MS = 20 * MINUTE;

export interface DayOptions {
  readonly seed: number;
  readonly symbols: number;
  readonly hours: number;
  /** Single connections cut at random moments. */
  readonly disconnects: number;
  /** Single connections that go half-open at random moments. */
  readonly halfOpens: number;
  /** Single series that fall silent for a few minutes. */
  readonly mutes: number;
  /** Bans of two to ten minutes by status 418. */
  readonly bans: number;
}

export interface DayReport {
  readonly seed: number;
  /** Bars the exchange has closed while it was watched, by its own log. */
  readonly expected: number;
  readonly evaluated: number;
  readonly lost: readonly string[];
  readonly repeated: readonly string[];
  readonly outOfOrder: readonly string[];
  readonly struck: Readonly<Record<string, number>>;
  readonly requestsWhileBanned: number;
  readonly highestWeightShare: number;
  readonly policyCloses: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly provenance: Readonly<Record<string, number>>;
}

const settingsOf = (symbols: number): string =>
  JSON.stringify({
    pipeline: { type: 'momentum', liquidityLevel: 0 },
    source: {
      type: 'binance',
      interval: '1m',
      streamsPerSocket: Math.max(10, Math.ceil(symbols / 4)),
      rotateAfter: '1h',
      // The news of 200 symbols every second are most of the work, and nothing here asks for them.
      news: false,
      endpoints: { usdm: addressesOf(1).endpoints.usdm },
    },
    store: { type: 'memory' },
    sinks: [],
    health: { enabled: false },
  });

/** Runs the day. Every number that chance gives comes from `seed`, so a failure can be had again. */
export const runDay = async (options: DayOptions): Promise<DayReport> => {
  const { seed, symbols, hours } = options;
  const random = createRandom(seed);
  const clock = createVirtualClock(START_MS);
  const recordings = createSyntheticRecordings({
    seed,
    symbols,
    interval: '1m',
    fromMs: START_MS - 400 * MINUTE - (START_MS % MINUTE),
    toMs: START_MS + hours * HOUR + 2 * HEAL_MS,
  });
  const exchange = createExchange({
    clock,
    wireTime: clock,
    recordings,
    beside: { usdm: [] },
    openEveryMs: { usdm: 5_000 },
    lifetimeMs: 24 * HOUR,
    seed,
  });
  const provenance: Record<string, number> = {};
  const newest = new Map<string, number>();
  const first = new Map<string, number>();
  const count = new Map<string, number>();
  const seen = new Map<string, Set<number>>();
  const repeated: string[] = [];
  const outOfOrder: string[] = [];
  let failure: unknown = null;

  const {
    monitor,
    stop$,
    faults: reported,
  } = createVirtualMonitor({
    text: settingsOf(symbols),
    clock,
    http: exchange.http,
    sockets: exchange.sockets,
    random: createRandom(seed + 1),
  });
  monitor.outcome$.pipe(takeUntil(stop$)).subscribe({
    next: (outcome) => {
      if (outcome.kind !== 'close') return;
      for (const { bar } of outcome.close.judged) {
        const { symbol, openTimeMs } = bar;
        provenance[bar.provenance] = (provenance[bar.provenance] ?? 0) + 1;
        const times = seen.get(symbol) ?? new Set<number>();
        seen.set(symbol, times);
        if (times.has(openTimeMs)) repeated.push(`${symbol} ${openTimeMs}`);
        else if (openTimeMs < (newest.get(symbol) ?? -Infinity)) outOfOrder.push(`${symbol} ${openTimeMs}`);
        times.add(openTimeMs);
        newest.set(symbol, Math.max(newest.get(symbol) ?? openTimeMs, openTimeMs));
        if (!first.has(symbol)) first.set(symbol, openTimeMs);
        count.set(symbol, (count.get(symbol) ?? 0) + 1);
      }
    },
    error: (error: unknown) => (failure = error),
  });

  /** Everything that will go wrong, in order of time. */
  const names = recordings.usdm.map(({ symbol }) => symbol);
  const spanMs = hours * HOUR;
  const at = (): number => START_MS + 5 * MINUTE + Math.floor(random() * (spanMs - 10 * MINUTE));
  const some = <T>(times: number, make: () => T): readonly T[] => Array.from({ length: times }, make);
  const plan = [
    ...some(options.disconnects, () => ({ atMs: at(), act: () => void exchange.faults.dropSocket(random()) })),
    ...some(options.halfOpens, () => ({ atMs: at(), act: () => void exchange.faults.halfOpenSocket(random()) })),
    ...some(options.mutes, () => ({
      atMs: at(),
      act: () => {
        const symbol = names[Math.floor(random() * names.length)] ?? '';
        const undo = exchange.faults.muteSeries({ market: 'usdm', symbol });
        clock.schedule(undo, (1 + random() * 9) * MINUTE);
      },
    })),
    // Every hour all servers announce that they go down, and do.
    ...Array.from({ length: hours }, (_, hour) => ({
      atMs: START_MS + hour * HOUR + 30 * MINUTE,
      act: () => void exchange.faults.announceShutdown(2 * MINUTE, 'usdm'),
    })),
    // One after another: a client cannot know that a ban was made longer while it kept silent.
    ...Array.from({ length: options.bans }, (_, index) => ({
      atMs: START_MS + 5 * MINUTE + Math.floor((index + random() / 2) * ((spanMs - 30 * MINUTE) / options.bans)),
      act: () => void exchange.faults.ban('usdm', (2 + random() * 8) * MINUTE),
    })),
  ].sort((a, b) => a.atMs - b.atMs);

  for (const { atMs, act } of plan) {
    await clock.runUntil(atMs);
    act();
  }
  await clock.runUntil(START_MS + spanMs + HEAL_MS);
  stop$.next();
  if (failure !== null) throw new Error(`seed ${seed}: the monitor failed`, { cause: failure });

  const untilMs = START_MS + spanMs;
  const lost: string[] = [];
  let expected = 0;
  for (const symbol of names) {
    const series: Series = { market: 'usdm', symbol, interval: '1m' };
    // The first bar that closes after the start: warm-up may not hide a bar.
    const closed = exchange.log.closedBars(series, Math.floor(START_MS / MINUTE) * MINUTE, untilMs);
    expected += closed.length;
    for (const openTimeMs of closed) if (seen.get(symbol)?.has(openTimeMs) !== true) lost.push(`${symbol} ${openTimeMs}`);
  }
  const faults: Record<string, number> = {};
  for (const { kind, count: times = 1 } of reported) faults[kind] = (faults[kind] ?? 0) + times;
  const counters = exchange.log.counters();
  return {
    seed,
    expected,
    evaluated: [...seen.values()].reduce((sum, times) => sum + [...times].filter((time) => time <= untilMs).length, 0),
    lost,
    repeated,
    outOfOrder,
    struck: counters.faults,
    requestsWhileBanned: counters.requestsWhileBanned,
    highestWeightShare: counters.highestWeightShare,
    policyCloses: counters.policyCloses,
    faults,
    provenance,
  };
};

export const dayText = (report: DayReport): string =>
  [
    `seed ${report.seed}: ${((100 * (report.expected - report.lost.length)) / report.expected).toFixed(3)} % of ${report.expected} closed bars evaluated once and in order`,
    `lost ${report.lost.length} · repeated ${report.repeated.length} · out of order ${report.outOfOrder.length}`,
    `struck ${JSON.stringify(report.struck)}`,
    `highest weight ${(100 * report.highestWeightShare).toFixed(0)} % · requests while banned ${report.requestsWhileBanned} · closes for too many messages ${report.policyCloses}`,
    `came by ${JSON.stringify(report.provenance)} · faults ${JSON.stringify(report.faults)}`,
  ].join('\n');
