import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Close } from '../../src/model/close.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { createDiscord } from '../../src/simulator/discord.js';
import { createExchange } from '../../src/simulator/exchange.js';
import { createRandom } from '../../src/simulator/exchange/random.js';
import { route } from '../../src/simulator/route.js';
import { createSyntheticRecordings } from '../../src/simulator/synthetic.js';
import { addressesOf, readFooter, WEBHOOK } from '../support/loopback.js';
import { settingsDocument } from './settings.js';
import { createVirtualMonitor } from './virtual-monitor.js';

const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 0, 5, 1, 0, 20);
const SYMBOLS = 50;
const AWAY_MINUTES = 210;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlog-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a long absence', () => {
  it('F97: of 10 000 bars is caught up in order, while an alert that was on its way is sent at once', async () => {
    const clock = createVirtualClock(START_MS);
    const recordings = createSyntheticRecordings({
      seed: 5,
      symbols: SYMBOLS,
      interval: '1m',
      fromMs: START_MS - (START_MS % MINUTE) - 400 * MINUTE,
      toMs: START_MS + 300 * MINUTE,
    });
    const exchange = createExchange({ clock, wireTime: clock, recordings, beside: { usdm: [] }, openEveryMs: { usdm: 20_000 } });
    const discord = createDiscord({ wireTime: clock, webhooks: [WEBHOOK], latencyMs: [40, 160] });
    const http = route([
      { prefix: '/', http: exchange.http },
      { prefix: '/api/', http: discord.http },
    ]);
    const symbols = recordings.usdm.map(({ symbol }) => symbol);
    const text = JSON.stringify(
      settingsDocument({
        loopback: addressesOf(1),
        speed: 1,
        store: join(folder, 'store'),
        symbols,
        maxAge: '6h',
        cooldown: '10h',
      }),
    );
    const live = () => {
      const closes: Close[] = [];
      const { monitor, stop$ } = createVirtualMonitor({ text, clock, http, sockets: exchange.sockets, random: createRandom(3) });
      monitor.outcome$.subscribe((outcome) => {
        if (outcome.kind === 'close') closes.push(outcome.close);
      });
      return { closes, stop$ };
    };

    discord.script.always({ kind: 'hang' });
    const first = live();
    for (let seconds = 0; discord.log().length === 0 && seconds < 3_600; seconds++) await clock.runUntil(clock.now() + 1_000);
    const [hung] = discord.log().map(({ body }) => readFooter(JSON.parse(body)).alertId);
    expect(hung).toBeDefined();
    first.stop$.next();
    await clock.runUntil(clock.now() + 9_000);
    discord.script.always(null);

    await clock.runUntil(clock.now() + AWAY_MINUTES * MINUTE);
    const backAtMs = clock.now();
    const second = live();
    await clock.runUntil(backAtMs + 3 * MINUTE);
    const backlog = second.closes
      .flatMap(({ judged }) => judged.map(({ bar }) => bar))
      .filter(({ openTimeMs }) => openTimeMs + MINUTE <= backAtMs);
    expect(backlog.length).toBeGreaterThanOrEqual(10_000);
    for (const symbol of symbols) {
      const times = backlog.filter((bar) => bar.symbol === symbol).map(({ openTimeMs }) => openTimeMs);
      expect(times).toStrictEqual(times.map((_, index) => (times[0] ?? 0) + index * MINUTE));
    }
    const again = discord.log().filter(({ atMs, body }) => atMs >= backAtMs && readFooter(JSON.parse(body)).alertId === hung);
    expect(again).toHaveLength(1);
    expect((again[0]?.atMs ?? Infinity) - backAtMs).toBeLessThan(15_000);
    second.stop$.next();
    await clock.runUntil(clock.now() + 9_000);
  }, 240_000);
});
