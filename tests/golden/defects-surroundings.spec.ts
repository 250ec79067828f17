import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import { map, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { classic } from '../../pipelines/classic.js';
import { momentum } from '../../pipelines/momentum.js';
import { config } from '../../src/config/index.js';
import { formatProblem } from '../../src/config/node.js';
import { alertId } from '../../src/model/alert.js';
import type { Close } from '../../src/model/close.js';
import { FAULT_LEVELS } from '../../src/model/fault.js';
import { Secret } from '../../src/model/secret.js';
import { filterCloses } from '../../src/operators/filters/filter-closes.js';
import { usualFilters } from '../../src/operators/filters/usual-filters.js';
import { judge } from '../../src/operators/judges/judge.js';
import type { Outcome, Parts } from '../../src/ports/pipeline.js';
import { DeliveryError } from '../../src/ports/sink.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { tell } from '../../src/sinks/words/words.js';
import { binance } from '../../src/sources/binance/binance.js';
import { createReport } from '../../src/telemetry/faults.js';
import { createLog } from '../../src/telemetry/log.js';
import { alert, FIRST } from '../support/alerts.js';
import { barAt } from '../support/bars.js';
import { fakeSink, fakeStore } from '../support/fakes.js';
import { alertAt, closeAt, DELIVERY, FRESH, judgedOf, liveOn, placed } from '../support/parts.js';
import { scriptedExchange, START_MS } from '../support/scripted-exchange.js';
import { listedOf, viewOf } from '../sources/binance/universe/support.js';
import { selectUniverse } from '../../src/sources/binance/universe/select.js';

/*
 * The defects of the original scanner around its judging (signals.md §1.3): settings, the exchange, delivery, texts. Each has a
 * test that fails on the defect. Those of judging itself are in defects.spec.ts.
 */

const load = (text: string | null, env: Readonly<Record<string, string>> = {}) =>
  config.loadText({ file: text === null ? null : { path: 'm.yaml', text, explicit: true }, env });
const settingsOf = (text: string | null, env: Readonly<Record<string, string>> = {}) => {
  const loaded = load(text, env);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join());
  return loaded;
};
const problemsOf = (text: string | null, env: Readonly<Record<string, string>> = {}): string => {
  const loaded = load(text, env);
  return loaded.ok ? '' : loaded.problems.map(formatProblem).join('\n');
};

/** What an answer of so many bars costs (binance-protocol.md). */
const weightOf = (limit: number): number => (limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1_000 ? 5 : 10);

const HOUR_MS = 3_600_000;

/** The live source against a scripted exchange for so long. */
const watch = (symbols: readonly string[], forMs: number) => {
  const exchange = scriptedExchange(symbols);
  const source = binance.create(binance.options.parse({ interval: '1m', news: false }), exchange.context);
  const running = source.event$.subscribe();
  exchange.clock.advanceTo(START_MS + forMs);
  return { ...exchange, source, running };
};

/** Bars of A that swing by one, and jump by a fifth on a hundred times the volume at number 310. */
const jumping = Array.from({ length: 312 }, (_, i) =>
  barAt(i, {
    symbol: 'A',
    open: 100 + (i % 2),
    close: i === 310 ? 120 : 101 - (i % 2),
    volume: i === 310 ? 10_000 : 100 + 10 * (i % 2),
    quoteVolume: 1e6,
  }),
);

describe('settings', () => {
  it('D4: what is accepted has effect, and what has none says so', () => {
    const { warnings } = settingsOf(null, { SCAN_INTERVAL: '60' });
    expect(warnings.join()).toContain('SCAN_INTERVAL: ignored');
    expect(problemsOf('pipeline: { type: momentum, scanInterval: 300s }')).toContain('scanInterval: unknown key');
  });

  it('D25: one concept has one unit, which the value bears; fractions of a unit are numbers too', () => {
    expect(problemsOf('pipeline: { type: classic, priceThreshold: 0.05 }')).toContain('a percentage with its sign');
    expect(settingsOf('pipeline: { type: classic, priceThreshold: 2.5% }').settings.pipeline.settings['priceThreshold']).toBe(2.5);
    // Both old names of it, each in the unit that it had.
    for (const env of [{ PRICE_CHANGE_THRESHOLD: '0.05' }, { PRICE_THRESHOLD: '5' }] as Record<string, string>[])
      expect(settingsOf(null, env).settings.pipeline.settings['priceThreshold']).toBe(5);
    expect(problemsOf(null, { PRICE_CHANGE_THRESHOLD: '0.05', PRICE_THRESHOLD: '6' })).toContain('two names with different values');
  });

  it('D29: no secret has a default: without one in the environment nothing is sent, and a sink that needs it refuses to start', () => {
    const discord = 'sinks:\n  - type: discord\n    webhookUrl: ${DISCORD_WEBHOOK_URL}\n';
    expect(problemsOf(discord)).toContain('DISCORD_WEBHOOK_URL');
    expect(problemsOf('sinks:\n  - type: discord\n')).toContain('webhookUrl: is missing');
    expect(settingsOf(null).settings.sinks.map(({ type }) => type)).not.toContain('discord');
    expect(`${String(new Secret('canary'))} ${JSON.stringify({ at: new Secret('canary') })}`).not.toContain('canary');
  });
});

describe('the exchange', () => {
  it('D5: the tickers of all symbols are asked for once, however many symbols there are', () => {
    const tickers = (count: number): number => {
      const { requests, running } = watch(Array.from({ length: count }, (_, i) => `S${i}USDT`), 60_000);
      running.unsubscribe();
      return requests.filter(({ path }) => path.includes('/ticker/24hr')).length;
    };
    expect(tickers(3)).toBe(tickers(300));
    expect(tickers(300)).toBeLessThanOrEqual(2);
  });

  it('D6: what is counted is weight, not requests: a start of many symbols stays within its share of the budget of every minute', () => {
    const exchange = scriptedExchange(Array.from({ length: 40 }, (_, i) => `S${i}USDT`));
    const source = binance.create(binance.options.parse({ interval: '1m', news: false, rest: { weightShare: '10%' } }), exchange.context);
    const toMs = START_MS - 120_000;
    const running = source.event$.subscribe();
    // Every series wants three thousand bars at once.
    for (const symbol of exchange.state.symbols)
      running.add(source.history.bars({ market: 'usdm', symbol, interval: '1m' }, toMs - 3_000 * 60_000, toMs).subscribe());
    exchange.clock.advanceTo(START_MS + 4 * 60_000);
    running.unsubscribe();
    const { requests } = exchange;
    const weights = new Map<number, number>();
    for (const { path, atMs } of requests) {
      const weight = path.includes('/klines') ? weightOf(Number(/limit=(\d+)/.exec(path)?.[1])) : path.includes('/ticker/24hr') && !path.includes('symbol=') ? 40 : 1;
      const minute = Math.floor(atMs / 60_000);
      weights.set(minute, (weights.get(minute) ?? 0) + weight);
    }
    const spent = [...weights.values()];
    expect(spent.reduce((sum, weight) => sum + weight, 0)).toBeGreaterThan(2 * 240);
    expect(Math.max(...spent)).toBeLessThanOrEqual(240);
  });

  it('D22: the universe is read again and again: a listing is followed, and who is gone is not', () => {
    const exchange = scriptedExchange(['AUSDT', 'BUSDT'], '1h');
    const rosters: string[] = [];
    const source = binance.create(binance.options.parse({ interval: '1h', news: false, universe: { ttl: '1h' } }), exchange.context);
    const running = source.event$.subscribe((event) => {
      if (event.kind === 'roster') rosters.push(event.symbols.join());
    });
    exchange.clock.advanceTo(START_MS + 60_000);
    exchange.state.symbols = ['AUSDT', 'NEWUSDT'];
    exchange.clock.advanceTo(START_MS + 4 * HOUR_MS);
    running.unsubscribe();
    expect(rosters[0]).toBe('AUSDT,BUSDT');
    expect(rosters.at(-1)).toBe('AUSDT,NEWUSDT');
  });

  it('D23: volumes are compared within one quote asset: what is quoted in another is left out, and not called illiquid', () => {
    const listed = [listedOf('ETHUSDT'), listedOf('ETHBTC', { quoteAsset: 'BTC' })];
    const { symbols, reasons } = selectUniverse(listed, viewOf({ minHourlyQuoteVolume: 1_000 }));
    expect(symbols).toStrictEqual(['ETHUSDT']);
    expect(reasons.get('ETHBTC')).toBe('quote');
  });
});

describe('what is told', () => {
  const plainText = (given: Parameters<typeof alert>[0]): string => JSON.stringify(tell(alert(given), FIRST));

  it('D13: a text is made of the very fields that alerts have: none is missing for any rule', () => {
    for (const pipeline of [momentum, classic]) {
      const compose = (parts: Parts): Observable<Outcome> =>
        pipeline === momentum ? momentum.compose(parts, momentum.settings.parse({})) : classic.compose(parts, classic.settings.parse({}));
      const sink = fakeSink();
      liveOn({ compose, store: fakeStore(), sinks: [sink], truth: jumping, after: 309 }).arrive(310);
      expect(sink.asked).toHaveLength(1);
      const text = sink.asked.map(({ alert: told }) => JSON.stringify(tell(told, FIRST))).join();
      for (const hole of ['undefined', 'NaN', 'null,', '[object']) expect(text.replace(/"(need|repeat|grade)":null,?/g, '')).not.toContain(hole);
    }
  });

  it('D14: an alert is known by the open time of its bar, and its decision time is the bar’s close', () => {
    const told = alertAt(3);
    expect([told.openTimeMs, told.decisionTimeMs]).toStrictEqual([barAt(3).openTimeMs, barAt(4).openTimeMs]);
    expect(told.id).toBe(alertId({ ...told, openTimeMs: barAt(3).openTimeMs }));
    expect(told.id).not.toBe(alertId({ ...told, openTimeMs: told.decisionTimeMs }));
  });

  it('D17: a change has the sign that it has', () => {
    const down = { ...alert().bar, open: 100, close: 90 };
    expect(tell(alert({ direction: 'down', bar: down }), FIRST)).toMatchObject({ arrow: '▼', change: '-10.00%' });
    expect(tell(alert({ bar: { ...down, close: 110 } }), FIRST)).toMatchObject({ arrow: '▲', change: '+10.00%' });
  });

  it('D26: what has no value is n/a with its reason, and nothing is shown that was not computed', () => {
    const text = plainText({ measures: { natr14: null }, reasons: { natr14: 'warmup' }, conditions: [] });
    expect(text).toContain('n/a (not enough bars yet)');
    expect(text).not.toMatch(/\b0\.0+\b/);
    for (const invented of [/win rate/i, /bullish/i, /likely/i, /high.probability/i]) expect(text).not.toMatch(invented);
  });
});

describe('what is remembered', () => {
  const filters = (emitted: readonly ReturnType<typeof alertAt>[], nowMs: number) => {
    const parts = { delivery: { ...DELIVERY, maxAgeMs: 1e15 }, marketTime: createVirtualClock(nowMs), remembered: { ...FRESH, emitted } };
    return filterCloses(usualFilters(parts, of(momentum.settings.parse({}))));
  };
  const fatesOf = (closes: readonly Close[], emitted: readonly ReturnType<typeof alertAt>[], nowMs = 0): readonly string[] => {
    const fates: string[] = [];
    of(...closes)
      .pipe(filters(emitted, nowMs))
      .subscribe(({ alerts }) => fates.push(...alerts.map(({ symbol, suppressedBy }) => `${symbol} ${suppressedBy ?? 'sent'}`)));
    return fates;
  };

  it('D15: the cooldown is counted in bar time, survives a restart, and cares for no clock', () => {
    const before = alertAt(0);
    const closes = [1, 2].map((index) => closeAt(index, [alertAt(index)]));
    for (const nowMs of [0, Date.UTC(2031, 2, 30, 1)]) {
      expect(fatesOf([closeAt(0, [before]), ...closes], [], nowMs)).toStrictEqual(['BTCUSDT sent', 'BTCUSDT cooldown', 'BTCUSDT sent']);
      expect(fatesOf(closes, [before], nowMs)).toStrictEqual(['BTCUSDT cooldown', 'BTCUSDT sent']);
    }
  });

  it('D28: when the whole market jumps, its people get a handful of messages, and no candidate is lost', () => {
    const symbols = Array.from({ length: 162 }, (_, i) => `S${String(i).padStart(3, '0')}`);
    const close = closeAt(0, symbols.map((symbol) => alertAt(0, symbol)), { judged: symbols.map((symbol) => judgedOf(symbol, 0, 'up')), section: null });
    const told: Close[] = [];
    of(close).pipe(filters([], 0)).subscribe((each) => told.push(each));
    const alerts = told[0]?.alerts ?? [];
    const sent = alerts.filter(({ suppressedBy }) => suppressedBy === null);
    expect(sent.length).toBeLessThanOrEqual(6);
    expect(sent.some(({ kind }) => kind === 'market')).toBe(true);
    const merged = alerts.filter(({ suppressedBy }) => suppressedBy === 'flood');
    expect(new Set([...sent, ...merged].map(({ symbol }) => symbol).filter((symbol) => symbol !== '*'))).toStrictEqual(new Set(symbols));
    expect(merged.every(({ mergedInto }) => mergedInto === sent.find(({ kind }) => kind === 'market')?.id)).toBe(true);
  });

  it('D16: a failed delivery is recorded and tried again, with the same numbers under the same id', () => {
    const sink = fakeSink([throwError(() => new DeliveryError('refused', 'busy')), of({ messageId: 'm' })]);
    const store = fakeStore();
    const life = liveOn({ compose: (parts) => momentum.compose(parts, momentum.settings.parse({})), store, sinks: [sink], truth: jumping, after: 309 });
    life.arrive(310);
    life.pass(60_000);
    expect(life.told).toContain('A 310 waiting');
    expect(life.told.at(-1)).toBe('A 310 delivered');
    expect(sink.asked).toHaveLength(2);
    expect(sink.asked[1]?.alert).toStrictEqual(sink.asked[0]?.alert);
    expect(store.rows()).toMatchObject([{ state: 'delivered', attempts: 2 }]);
  });
});

describe('what goes wrong', () => {
  it('D30: every fault is counted by its kind, and a bug in a rule ends the stream instead of becoming a warning', () => {
    const lines: string[] = [];
    const log = createLog({ level: 'trace', format: 'json', destination: { write: (line) => void lines.push(line) }, secrets: () => [] });
    const faults = createReport({ log, wireTime: createVirtualClock() });
    for (let i = 0; i < 5; i++) faults.report({ kind: 'bars-missing', count: 2, detail: 'bars are missing' });
    expect(faults.counts()['bars-missing']).toBe(10);
    expect(Object.keys(faults.counts())).toStrictEqual(Object.keys(FAULT_LEVELS));
    expect(lines.length).toBeGreaterThan(0);

    const bug = new TypeError('a rule is broken');
    const broken = {
      ...{ id: 'broken', version: 1, measures: [] },
      judge: () => {
        throw bug;
      },
    };
    const reading = { bar: placed(barAt(0)), barCount: 1, values: {}, window: null as never };
    let met: unknown = null;
    of(reading)
      .pipe(judge([broken]), map(String))
      .subscribe({ error: (error: unknown) => (met = error) });
    expect(met).toBe(bug);
  });
});

describe('the table of defects', () => {
  it('has a test for each of the thirty', () => {
    const folder = join(import.meta.dirname);
    const text = readdirSync(folder)
      .filter((name) => name.startsWith('defects'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('');
    const tested = new Set([...text.matchAll(/\('D(\d+): /g)].map(([, number]) => Number(number)));
    expect(Array.from({ length: 30 }, (_, i) => i + 1).filter((number) => !tested.has(number))).toStrictEqual([]);
  });
});
