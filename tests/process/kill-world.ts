import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFinal } from '../../src/model/delivery.js';
import { formatDuration } from '../../src/ports/settings.js';
import type { Recordings } from '../../src/simulator/recordings.js';
import type { Loopback, Meeting, Post } from '../support/loopback.js';
import { serveLoopback } from '../support/loopback.js';
import type { Program } from '../support/program.js';
import { createPrograms, until } from '../support/program.js';
import type { Journal } from './journal.js';
import { createJournal } from './journal.js';
import { writeSettings } from './settings.js';

/*
 * A simulated Binance and a simulated Discord that outlive the monitors of one store, which are killed again and again. What
 * happened is judged afterwards, by kill-verdict.ts.
 */

export const SYMBOLS = ['AERGOUSDT', 'B2USDT', 'BTCUSDT', 'DOLOUSDT', 'MILKUSDT', 'TRXUSDT'] as const;
export const RULE = { moveThreshold: 0.7, volumeLogZThreshold: 0.2 } as const;
export const COOLDOWN_MS = 120_000;
export const MAX_AGE_MS = 1_800_000;
/** Six hours of bars lie before it and thirty after it: half an hour at the highest speed. */
const START_MS = Date.UTC(2025, 5, 19, 6);

/** One kill and what it hit. */
export interface Kill {
  /** The label of the point, or how the moment was drawn. */
  readonly moment: string;
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

/** What catching up takes on a busy machine. */
const CATCHING_UP_MS_MAX = 60_000;

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

export interface KillWorldOptions {
  readonly recordings: Recordings;
  readonly seed: number;
  readonly speed: number;
  readonly latencyMs: readonly [least: number, most: number];
  /** How long a send waits for its answer, such as `2s`. */
  readonly deadline: string;
  readonly meet?: (post: Post) => Meeting;
  /** Serve the health endpoint, on any free port. */
  readonly health?: boolean;
}

/** Where monitors of one store live and die. */
export interface KillWorld {
  readonly loopback: Loopback;
  readonly journal: Journal;
  readonly store: string;
  /** Starts a monitor, or the one of crash-points-main.ts, built as `main`, with these variables. `stdout`: where its log goes. */
  start(crashing?: { readonly main: string; readonly env: Readonly<Record<string, string>> }, stdout?: number): Program;
  /** Reads the journal, and remembers what is wrong with it. */
  look(when: string): ReturnType<Journal['read']>;
  /** What a program that has ended said and should not have said is remembered. */
  note(program: Program): void;
  mishap(words: string): void;
  /** A last life under the rule catches up, and a last one without it brings everything to an end. */
  finish(): Promise<Omit<Evidence, 'kills'>>;
  close(): Promise<void>;
}

export const createKillWorld = async (options: KillWorldOptions): Promise<KillWorld> => {
  const { recordings, seed, speed, latencyMs, deadline, meet = () => ({}), health = false } = options;
  const folder = mkdtempSync(join(tmpdir(), 'kills-'));
  const store = join(folder, 'store');
  mkdirSync(store);
  const loopback = await serveLoopback(recordings, {
    speed,
    startMs: START_MS,
    seed,
    latencyMs,
    // The limit of a channel is left out: at sixty times the speed it would let next to nothing through.
    limits: { channelCount: 1_000_000 },
    meet,
  });
  const shared = {
    loopback,
    speed,
    store,
    symbols: SYMBOLS,
    deadline,
    cooldown: formatDuration(COOLDOWN_MS),
    maxAge: formatDuration(MAX_AGE_MS),
  };
  const config = writeSettings(join(folder, 'monitor.yaml'), { ...shared, ...RULE, health });
  const draining = writeSettings(join(folder, 'draining.yaml'), { ...shared, moveThreshold: 1_000_000 });
  const journal = createJournal(store);
  const programs = createPrograms();
  const mishaps: string[] = [];

  const look: KillWorld['look'] = (when) => {
    const found = journal.read();
    mishaps.push(...found.problems.map((problem) => `${when}: ${problem}`));
    return found;
  };
  const note = (program: Program): void => void mishaps.push(...mishapsOf(program));

  /** Lets a life go on until `done`, then asks it to end. */
  const end = async (what: string, program: Program, done: () => Promise<unknown>): Promise<void> => {
    const before = journal.openings();
    // Asked to stop before it listens to signals, a process ends as any other would; it listens before it opens the store.
    const opened = until(`${what} opens the store`, () => (look(what), journal.openings() > before));
    await Promise.race([opened.then(done), program.ended]);
    program.kill('SIGTERM');
    const { code, signal } = await program.ended;
    if (code !== 0) mishaps.push(`${what} ended with ${code ?? signal}`);
    note(program);
    look(what);
  };

  const finish = async (): Promise<Omit<Evidence, 'kills'>> => {
    const caughtUpMs = loopback.clock.now();
    await end('the last life', programs.start(['run', '--config', config]), () =>
      until(
        'the last life catches up',
        () => {
          look('while catching up');
          return SYMBOLS.every((symbol) => (journal.judged(symbol)?.lastMs ?? 0) >= caughtUpMs);
        },
        CATCHING_UP_MS_MAX,
      ),
    );
    const judged = new Map(SYMBOLS.map((symbol) => [symbol as string, journal.judged(symbol) ?? NOTHING_JUDGED]));
    // Under a rule that never fires nothing is added, so what is left must come to an end (reliability.md 8.11).
    await end('draining', programs.start(['run', '--config', draining]), () =>
      until('all rows are final', () => look('while draining').rows.every(({ state }) => isFinal(state)), 60_000),
    );
    return { speed, journal, loopback, mishaps, caughtUpMs, judged };
  };

  return {
    loopback,
    journal,
    store,
    start: (crashing, stdout) => {
      const options = stdout === undefined ? {} : { stdout };
      return crashing === undefined
        ? programs.start(['run', '--config', config], {}, options)
        : programs.start([config], crashing.env, { ...options, main: crashing.main });
    },
    look,
    note,
    mishap: (words) => void mishaps.push(words),
    finish,
    close: async () => {
      await programs.endAll();
      await loopback.close();
      rmSync(folder, { recursive: true });
    },
  };
};
