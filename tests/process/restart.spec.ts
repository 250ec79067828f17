import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../src/model/alert.js';
import type { Close } from '../../src/model/close.js';
import type { Judged } from '../../src/model/verdict.js';
import type { VirtualClock } from '../../src/runtime/virtual-clock.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { createDiscord } from '../../src/simulator/discord.js';
import { createExchange } from '../../src/simulator/exchange.js';
import { createRandom } from '../../src/simulator/exchange/random.js';
import type { Recordings } from '../../src/simulator/recordings.js';
import { route } from '../../src/simulator/route.js';
import { addressesOf, readFooters, readPackaged, WEBHOOK } from '../support/loopback.js';
import { createJournal } from './journal.js';
import { settingsDocument } from './settings.js';
import { createVirtualMonitor } from './virtual-monitor.js';

/*
 * Whole monitors, from exchange to Discord, in virtual time, one after another on one store of real files: what a restart costs.
 */

const SYMBOLS = ['AERGOUSDT', 'B2USDT', 'BTCUSDT', 'DOLOUSDT', 'MILKUSDT', 'TRXUSDT'];
const MINUTE = 60_000;
/** More than a day of bars lies before it, so that every window is full and yet begins somewhere else in each life. */
const START_MS = Date.UTC(2025, 5, 20, 1, 0, 20);
const MAX_AGE_MS = 2 * MINUTE;
const ADDRESSES = addressesOf(1);

let recordings: Recordings;
let folder: string;
beforeAll(async () => {
  recordings = await readPackaged(SYMBOLS);
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'restart-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An exchange and a Discord in virtual time, and as many lives of a monitor as are asked for. */
const createWorld = (store: string) => {
  const clock: VirtualClock = createVirtualClock(START_MS);
  const exchange = createExchange({ clock, wireTime: clock, recordings, openEveryMs: { usdm: 5_000 }, seed: 7 });
  const discord = createDiscord({ wireTime: clock, webhooks: [WEBHOOK], latencyMs: [40, 160] });
  const http = route([
    { prefix: '/', http: exchange.http },
    { prefix: '/api/', http: discord.http },
  ]);
  // Every alert for itself, so that each has its post.
  const given = { loopback: ADDRESSES, speed: 1, store, symbols: SYMBOLS, maxAge: 'auto', episodes: 'off' } as const;
  const text = JSON.stringify(settingsDocument(given));
  const random = createRandom(3);

  const live = () => {
    const closes: Close[] = [];
    const { monitor, stop$, faults } = createVirtualMonitor({ text, clock, http, sockets: exchange.sockets, random });
    let ended: 'not yet' | 'complete' | { readonly error: unknown } = 'not yet';
    monitor.outcome$.subscribe({
      next: (outcome) => {
        if (outcome.kind === 'close') closes.push(outcome.close);
      },
      error: (error: unknown) => (ended = { error }),
      complete: () => (ended = 'complete'),
    });
    return {
      faults,
      closes,
      stop$,
      ended: () => ended,
      /** Stops it and lets it finish what is on its way. */
      stop: async (): Promise<void> => {
        stop$.next();
        await clock.runUntil(clock.now() + 9_000);
        expect(ended).toBe('complete');
      },
    };
  };
  const postsAt = (): readonly { readonly atMs: number; readonly alertId: string }[] =>
    discord
      .log()
      .filter(({ method }) => method === 'POST')
      .flatMap(({ atMs, body }) => readFooters(JSON.parse(body)).map(({ alertId }) => ({ atMs, alertId })));
  return { clock, exchange, discord, live, postsAt, at: (minutes: number) => clock.runUntil(START_MS + minutes * MINUTE) };
};

const judgedIn = (closes: readonly Close[]): readonly Judged[] => closes.flatMap(({ judged }) => judged);
const alertsIn = (closes: readonly Close[]): readonly Alert[] => closes.flatMap(({ alerts }) => alerts);
const nameOf = ({ bar }: Judged): string => `${bar.symbol} ${bar.openTimeMs}`;
const timesOf = (closes: readonly Close[], symbol: string): readonly number[] =>
  judgedIn(closes)
    .filter(({ bar }) => bar.symbol === symbol)
    .map(({ bar }) => bar.openTimeMs);

/** The largest difference between two readings, relative above 1; infinite where one has a value and the other a reason. */
const difference = (a: Judged, b: Judged): number => {
  const names = new Set([...Object.keys(a.values), ...Object.keys(b.values)]);
  return Math.max(
    ...[...names].map((name) => {
      const [x, y] = [a.values[name], b.values[name]];
      if (typeof x !== 'number' || typeof y !== 'number') return x === y ? 0 : Infinity;
      return Math.abs(x - y) / Math.max(1, Math.abs(x));
    }),
  );
};

describe('stopped for ten bars and started again', { timeout: 120_000 }, () => {
  it('refills what it missed, judges every bar once, computes as if it had never stopped, and announces no old news', async () => {
    const store = join(folder, 'store');
    const world = createWorld(store);
    const first = world.live();
    await world.at(30);
    await first.stop();
    const heldUpToMs = Math.max(...judgedIn(first.closes).map(({ bar }) => bar.openTimeMs));
    await world.at(40);
    const postsBefore = world.postsAt().length;
    const restartedAtMs = world.clock.now();
    const second = world.live();
    await world.at(70);
    await second.stop();

    const straight = createWorld(join(folder, 'straight'));
    const uninterrupted = straight.live();
    await straight.at(70);
    await uninterrupted.stop();

    const closes = [...first.closes, ...second.closes];
    for (const symbol of SYMBOLS) {
      const times = timesOf(closes, symbol);
      const [fromMs = 0] = times;
      expect(times, symbol).toStrictEqual(
        world.exchange.log.closedBars({ market: 'usdm', symbol, interval: '1m' }, fromMs, times.at(-1) ?? 0),
      );
      expect(times.at(-1)).toBe(Math.floor((START_MS + 69 * MINUTE) / MINUTE) * MINUTE);
      expect(timesOf(second.closes, symbol)[0], `${symbol} goes on`).toBe(heldUpToMs + MINUTE);
    }
    const missed = judgedIn(second.closes).filter(({ bar }) => bar.openTimeMs + MINUTE <= restartedAtMs);
    expect(missed.map(({ bar }) => bar.provenance)).toStrictEqual(Array.from({ length: 10 * SYMBOLS.length }, () => 'rest'));

    const reference = new Map(judgedIn(uninterrupted.closes).map((judged) => [nameOf(judged), judged]));
    const later = judgedIn(second.closes);
    expect(later.length).toBe(40 * SYMBOLS.length);
    const worst = Math.max(
      ...later.map((judged) => difference(judged, reference.get(nameOf(judged)) ?? { ...judged, values: { none: 1 } })),
    );
    expect(worst).toBeLessThan(1e-9);

    const ids = (alerts: readonly Alert[]): readonly string[] => alerts.map(({ id }) => id).sort();
    expect(ids(alertsIn(closes))).toStrictEqual(ids(alertsIn(uninterrupted.closes)));

    const isOld = ({ decisionTimeMs }: Alert): boolean => decisionTimeMs < restartedAtMs - MAX_AGE_MS;
    const old = alertsIn(second.closes).filter(isOld);
    expect(old.length).toBeGreaterThan(3);
    expect(old.map(({ suppressedBy }) => suppressedBy)).toStrictEqual(old.map(() => 'stale'));
    expect(alertsIn(second.closes).filter((alert) => !isOld(alert) && alert.suppressedBy === 'stale')).toStrictEqual([]);

    const known = new Map(alertsIn(closes).map((alert) => [alert.id, alert]));
    const posts = world.postsAt();
    expect(posts.length).toBeGreaterThan(postsBefore + 10);
    expect(posts.filter(({ atMs, alertId }) => atMs - (known.get(alertId)?.decisionTimeMs ?? 0) > MAX_AGE_MS)).toStrictEqual([]);
    expect(new Set(posts.map(({ alertId }) => alertId)).size).toBe(posts.length);

    const journal = createJournal(store);
    const { rows, problems } = journal.read();
    expect(problems).toStrictEqual([]);
    for (const { id } of old)
      expect(rows.filter(({ alertId }) => alertId === id)).toStrictEqual([
        expect.objectContaining({ sink: '*', state: 'suppressed', reason: 'stale', attempts: 0 }),
      ]);
    expect(rows.filter(({ state }) => state === 'delivered').length).toBe(posts.length);
    expect([...first.faults, ...second.faults].map(({ kind }) => kind)).toStrictEqual([]);
  });
});

describe('what an earlier life left unfinished', () => {
  /** A world in which one alert is on its way to a Discord that never answers, and the monitor has been stopped. */
  const interrupted = async () => {
    const world = createWorld(join(folder, 'store'));
    world.discord.script.always({ kind: 'hang' });
    const life = world.live();
    for (let seconds = 0; world.discord.log().length === 0 && seconds < 1_200; seconds++)
      await world.clock.runUntil(world.clock.now() + 1_000);
    await life.stop();
    world.discord.script.always(null);
    const [post] = world.postsAt();
    if (post === undefined) throw new Error('nothing was sent');
    return {
      ...world,
      alertId: post.alertId,
      copies: () => world.postsAt().filter(({ alertId }) => alertId === post.alertId).length,
    };
  };

  it('is sent as soon as the exchange has told the time', async () => {
    const { clock, live, copies } = await interrupted();
    const life = live();
    await clock.runUntil(clock.now() + 3_000);
    expect(copies()).toBe(2);
    await life.stop();
  });

  it('waits for an exchange that does not answer, and after ten seconds believes the clock of the machine', async () => {
    const { clock, exchange, live, copies } = await interrupted();
    exchange.faults.rest({ reply: { kind: 'hang' } });
    const life = live();
    await clock.runUntil(clock.now() + 9_500);
    expect(copies()).toBe(1);
    await clock.runUntil(clock.now() + 1_000);
    expect(copies()).toBe(2);
    await life.stop();
  });
});

describe('a first life that ends before its first close', () => {
  it('has left its position behind: the next one judges every bar that has closed since', async () => {
    const { clock, live, at } = createWorld(join(folder, 'store'));
    const first = live();
    await clock.runUntil(START_MS + 15_000);
    await first.stop();
    expect(judgedIn(first.closes)).toStrictEqual([]);
    await at(5);
    const second = live();
    await at(6);
    await second.stop();
    const nextMs = Math.floor(START_MS / MINUTE) * MINUTE;
    for (const symbol of SYMBOLS)
      expect(timesOf(second.closes, symbol)).toStrictEqual([0, 1, 2, 3, 4, 5].map((bar) => nextMs + bar * MINUTE));
  });
});

describe('a stop', () => {
  it('that comes while the store is still being opened is heeded: nothing is asked of the exchange', async () => {
    const { clock, exchange, live } = createWorld(join(folder, 'store'));
    const life = live();
    life.stop$.next();
    await clock.runUntil(clock.now() + 100);
    expect(life.ended()).toBe('complete');
    expect(exchange.log.counters()).toMatchObject({ requests: 0, connections: 0 });
  });
});
