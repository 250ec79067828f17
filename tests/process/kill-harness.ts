import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFinal } from '../../src/model/delivery.js';
import { formatDuration } from '../../src/ports/settings.js';
import type { DiscordOutcome } from '../../src/simulator/discord.js';
import { createRandom } from '../../src/simulator/exchange/random.js';
import type { Program } from '../support/program.js';
import { createPrograms, until } from '../support/program.js';
import type { Loopback } from '../support/loopback.js';
import { readPackaged, serveLoopback } from '../support/loopback.js';
import type { Journal } from './journal.js';
import { createJournal } from './journal.js';
import { writeSettings } from './settings.js';

/*
 * A monitor with a persistent store is killed again and again, at random moments, while a simulated Binance and a simulated
 * Discord live on in this process (decisions.md 19). What happened is judged afterwards, by kill-verdict.ts.
 */

export const SYMBOLS = ['AERGOUSDT', 'B2USDT', 'BTCUSDT', 'DOLOUSDT', 'MILKUSDT', 'TRXUSDT'] as const;
export const RULE = { moveThreshold: 0.7, volumeLogZThreshold: 0.2 } as const;
export const COOLDOWN_MS = 120_000;
export const MAX_AGE_MS = 1_800_000;
/** Six hours of bars lie before it and thirty after it: half an hour at the highest speed. */
const START_MS = Date.UTC(2025, 5, 19, 6);
const BARS_LEFT_MS = 30 * 3_600_000;
const SPEED_MAX = 60;
/** What one life takes on a busy machine. */
const LIFE_MS_MAX = 6_000;

/** Share of kills that come while the program starts and warms up; the others come while it delivers. */
const EARLY_SHARE = 0.2;
const EARLY_MS_MAX = 1_500;
const LATE_MS_MAX = 1_800;
/** A life in which nothing is sent for so long is killed all the same. */
const SILENCE_MS_MAX = 10_000;

/** Market seconds per second, so that the recordings last to the end of the run. */
const speedFor = (kills: number): number =>
  Math.max(1, Math.min(SPEED_MAX, Math.floor(BARS_LEFT_MS / ((kills + 10) * LIFE_MS_MAX))));

export interface KillOptions {
  readonly seed: number;
  readonly kills: number;
  readonly say: (line: string) => void;
}

/** One kill and what it hit. */
export interface Kill {
  readonly moment: 'early' | 'delivering';
  /** A row was in state `sending` on the disk: a delivery was in flight. */
  readonly inFlight: boolean;
  /** The message had come to Discord, and the reply had not been sent: the outcome of the send will never be known. */
  readonly atDiscord: boolean;
  /** The last write was cut short. */
  readonly isTorn: boolean;
}

/** Everything that is known after a run, for the verdict. */
export interface Evidence {
  readonly kills: readonly Kill[];
  /** Market seconds per second. */
  readonly speed: number;
  readonly journal: Journal;
  readonly loopback: Pick<Loopback, 'discord' | 'posts' | 'recordings'>;
  /** What should not have happened while it ran: an unreadable journal, a life that ended by itself, a fatal line. */
  readonly mishaps: readonly string[];
  /** Exchange time at which the last life under the rule began: it has to catch up to here at least. */
  readonly caughtUpMs: number;
  /** What was judged under the rule, all lives together, by symbol: open times of the first and the last bar. */
  readonly judged: ReadonlyMap<string, { readonly firstMs: number; readonly lastMs: number }>;
}

/** A Discord that is now and then slow, over its limits or broken, before and after it has saved. */
const weather = (random: () => number): DiscordOutcome => {
  const dice = random() * 100;
  if (dice < 80) return { kind: 'usual' };
  if (dice < 86) return { kind: 'saved-slow', delayMs: 300 + 900 * random() };
  if (dice < 89) return { kind: 'saved-reset' };
  if (dice < 91) return { kind: 'reset' };
  if (dice < 94) return { kind: 'status', status: 500 };
  if (dice < 95) return { kind: 'saved-reply', status: 502, body: '' };
  if (dice < 97) return { kind: 'limited', scope: 'user', retryAfter: 0.2 };
  if (dice < 99) return { kind: 'html', status: 503 };
  return { kind: 'saved-hang' };
};

const NOTHING_JUDGED = { firstMs: Infinity, lastMs: -Infinity };

const FORBIDDEN = new Set([
  'store-damaged',
  'store-failed',
  'store-suspicious',
  'bars-missing',
  'bars-lost',
  'series-restarted',
  'monitor-broken',
]);

/** What a life said that it should not have said. */
const mishapsOf = (program: Program): readonly string[] => [
  ...(program.complaints() === '' ? [] : [`process ${program.pid} complains: ${program.complaints()}`]),
  ...program
    .log()
    .filter(({ event, level }) => FORBIDDEN.has(event) || level === 'fatal')
    .map(({ event, msg }) => `process ${program.pid} says ${event}: ${msg}`),
];

export const runKills = async ({ seed, kills: count, say }: KillOptions): Promise<Evidence> => {
  const random = createRandom(seed);
  const speed = speedFor(count);
  const folder = mkdtempSync(join(tmpdir(), 'kills-'));
  const store = join(folder, 'store');
  mkdirSync(store);
  const recordings = await readPackaged(SYMBOLS);
  const loopback = await serveLoopback(recordings, {
    speed,
    startMs: START_MS,
    seed,
    latencyMs: [80, 400],
    // The limit of a channel is left out: at sixty times the speed it would let next to nothing through.
    limits: { channelCount: 1_000_000 },
  });
  loopback.discord.script.next(...Array.from({ length: 20_000 }, () => weather(random)));
  const shared = {
    loopback,
    speed,
    store,
    symbols: SYMBOLS,
    deadline: '2s',
    cooldown: formatDuration(COOLDOWN_MS),
    maxAge: formatDuration(MAX_AGE_MS),
  };
  const config = writeSettings(join(folder, 'monitor.yaml'), { ...shared, ...RULE });
  const draining = writeSettings(join(folder, 'draining.yaml'), { ...shared, moveThreshold: 1_000_000 });
  const journal = createJournal(store);
  const programs = createPrograms();
  const mishaps: string[] = [];
  const start = (file: string): Program => programs.start(['run', '--config', file]);

  const look = (when: string): ReturnType<Journal['read']> => {
    const found = journal.read();
    mishaps.push(...found.problems.map((problem) => `${when}: ${problem}`));
    return found;
  };

  const isSending = (program: Program, before: number): Promise<unknown> =>
    Promise.race([
      until('a message', () => loopback.posts().length > before, SILENCE_MS_MAX).catch(() => undefined),
      program.ended,
    ]);

  const live = async (number: number): Promise<Kill> => {
    const before = loopback.posts().length;
    const moment = random() < EARLY_SHARE ? 'early' : 'delivering';
    const delayMs = random() * (moment === 'early' ? EARLY_MS_MAX : LATE_MS_MAX);
    const program = start(config);
    if (moment === 'delivering') await isSending(program, before);
    await wait(delayMs);
    const unanswered = loopback
      .posts()
      .slice(before)
      .some(({ answeredAtMs }) => answeredAtMs === null);
    program.kill('SIGKILL');
    const { signal, code } = await program.ended;
    if (signal !== 'SIGKILL') mishaps.push(`life ${number} ended by itself with ${code ?? signal}`);
    mishaps.push(...mishapsOf(program));
    const { rows, isTorn } = look(`after kill ${number}`);
    const inFlight = rows.some(({ state }) => state === 'sending');
    return { moment, inFlight, atDiscord: inFlight && unanswered, isTorn };
  };

  /** Lets a life go on until `done`, then asks it to end. */
  const finish = async (what: string, program: Program, done: () => Promise<unknown>): Promise<void> => {
    // Asked to stop before it listens to signals, a process ends as any other would.
    await program.said('monitor-started');
    await Promise.race([done(), program.ended]);
    program.kill('SIGTERM');
    const { code, signal } = await program.ended;
    if (code !== 0) mishaps.push(`${what} ended with ${code ?? signal}`);
    mishaps.push(...mishapsOf(program));
    look(what);
  };

  try {
    const kills: Kill[] = [];
    for (let number = 1; number <= count; number++) {
      const kill = await live(number);
      kills.push(kill);
      if (number % 10 === 0) say(`${number} kills, ${kills.filter(({ inFlight }) => inFlight).length} in flight`);
    }
    const caughtUpMs = loopback.clock.now();
    await finish('the last life', start(config), () =>
      until('the last life catches up', () => {
        look('while catching up');
        return SYMBOLS.every((symbol) => (journal.judged(symbol)?.lastMs ?? 0) >= caughtUpMs);
      }),
    );
    const judged = new Map(SYMBOLS.map((symbol) => [symbol as string, journal.judged(symbol) ?? NOTHING_JUDGED]));
    // Under a rule that never fires nothing is added, so what is left must come to an end (reliability.md 8.11).
    await finish('draining', start(draining), () =>
      until('all rows are final', () => look('while draining').rows.every(({ state }) => isFinal(state)), 60_000),
    );
    return { kills, speed, journal, loopback, mishaps, caughtUpMs, judged };
  } finally {
    await programs.endAll();
    await loopback.close();
    rmSync(folder, { recursive: true });
  }
};
