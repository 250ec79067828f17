import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { DiscordOutcome } from '../../src/simulator/discord.js';
import type { Recordings } from '../../src/simulator/recordings.js';
import type { Meeting, Post } from '../support/loopback.js';
import type { Program } from '../support/program.js';
import { until } from '../support/program.js';
import type { Told } from './journal.js';
import type { Evidence, Kill } from './kill-world.js';
import { createKillWorld } from './kill-world.js';

/*
 * A monitor is killed at each labelled point of reliability.md §2.4, under each thing that a Discord may do with the message. K0 to
 * K4 and K7 to K10 are points in the program (crash-points-main.ts); at K5 and K6 it is killed from here, when the request has come
 * in: before Discord sees it, and after Discord has done with it what it does.
 */

export const OUTCOMES = {
  '200': { kind: 'usual' },
  '200 with lost reply': { kind: 'saved-reset' },
  '204': { kind: 'saved-reply', status: 204, body: '' },
  '429': { kind: 'limited', scope: 'user', retryAfter: 0.1 },
  '500': { kind: 'status', status: 500 },
  timeout: { kind: 'saved-hang' },
  reset: { kind: 'reset' },
  '400': { kind: 'status', status: 400, body: '{"message":"Invalid Form Body","code":50035}' },
  '404': { kind: 'status', status: 404, body: '{"message":"Unknown Webhook","code":10015}' },
} as const satisfies Record<string, DiscordOutcome>;
export type OutcomeName = keyof typeof OUTCOMES;

/**
 * All points, in an order in which what a kill before the send leaves behind is sent in the next life, and only the send after it is
 * killed.
 */
export const POINTS = ['K9:3', 'K10:2', 'K0:1', 'K1:1', 'K5:2', 'K2:1', 'K6:2', 'K3:1', 'K7:2', 'K4:1', 'K8:2'] as const;

/** These points, one after another, under one outcome. */
export const under = (outcome: OutcomeName, labels: readonly string[] = POINTS): readonly Step[] =>
  labels.map((label) => ({ label, outcome }));

/** After a 404 nothing is ever sent again, so each of its points is a store of its own. */
export const underGone = (labels: readonly string[] = POINTS): readonly (readonly Step[])[] =>
  labels.map((label) => under('404', [label.replace(':2', ':1')]));

const SPEED = 60;
const LATENCY_MS = [20, 60] as const;
const DEADLINE = '1s';
/** A life that does not come to its point within this time is a mishap. */
const LIFE_MS_MAX = 40_000;

/** Builds crash-points-main.ts where the packages of this checkout are found. Gives what is to be started, and what removes it. */
export const buildCrashing = async (): Promise<{ readonly main: string; readonly remove: () => void }> => {
  const folder = resolve('node_modules/.cache', `crash-points-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const main = join(folder, 'main.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'crash-points-main.ts')],
    outfile: main,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  return { main, remove: () => rmSync(folder, { recursive: true }) };
};

/** One life, and what Discord does meanwhile to the first message of every alert. */
export interface Step {
  /** The point at which it is killed: `K7:2` is the second time there. */
  readonly label: string;
  readonly outcome: OutcomeName;
}

export interface CrashOptions {
  readonly recordings: Recordings;
  readonly main: string;
  readonly seed: number;
  readonly steps: readonly Step[];
}

/** What is known of each POST: what Discord made of it, and for which of its alerts a kill came before that was recorded. */
interface Fate {
  readonly outcome: OutcomeName;
  readonly inWindow: Set<string>;
}

interface Life {
  readonly point: string;
  /** Of the POST at which it is killed from here, counted from 1; 0: it is not. */
  readonly nth: number;
  readonly outcome: OutcomeName;
  readonly program: Program | null;
  posts: number;
}

/** Outcomes of which the program knows nothing, or not enough. */
const UNKNOWN: ReadonlySet<OutcomeName> = new Set(['200 with lost reply', 'timeout', 'reset', '500']);

/**
 * A message that had been saved, told so, and recorded in peace came again: no kill and no lost reply can excuse that. On a machine so
 * busy that an answer came too late, the row says so: beside the kills it has more unknown outcomes than were made.
 */
const repeatsOutsideWindow = (posts: readonly Post[], fates: readonly Fate[], deliveries: readonly Told[]): readonly string[] =>
  deliveries.flatMap(({ row: { alertId: id }, unknownOutcomes, interruptions }) => {
    const sends = posts.flatMap(({ told }, i) => {
      const { outcome, inWindow } = fates[i]!;
      return told.some(({ alertId }) => alertId === id) ? [{ outcome, isKilled: inWindow.has(id) }] : [];
    });
    const inPeace = sends.filter(({ isKilled }) => !isKilled);
    const made = inPeace.filter(({ outcome }) => UNKNOWN.has(outcome)).length;
    if (unknownOutcomes - interruptions > made) return [];
    const isRecorded = ({ outcome, isKilled }: (typeof sends)[number]): boolean =>
      !isKilled && (outcome === '200' || outcome === '204');
    return sends.slice(0, -1).some(isRecorded)
      ? [
          `${id} was sent again although it had been saved, answered and recorded: ` +
            `${sends.map(({ outcome, isKilled }) => outcome + (isKilled ? ' and killed' : '')).join(', ')}; ` +
            `the row knows of ${unknownOutcomes} unknown outcomes, ${interruptions} of them by kills`,
        ]
      : [];
  });

/** Lives of one store, one after another, each killed at its point. */
export const runCrashPoints = async ({ recordings, main, seed, steps }: CrashOptions): Promise<Evidence> => {
  const fates: Fate[] = [];
  const seen = new Set<string>();
  const kills: Kill[] = [];
  let life: Life = { point: '', nth: 0, outcome: '200', program: null, posts: 0 };

  const meet = ({ told }: Post): Meeting => {
    const { point, nth, outcome, program } = life;
    const isHit = ++life.posts === nth;
    if (isHit && point === 'K5') {
      fates.push({ outcome: 'reset', inWindow: new Set(told.map(({ alertId }) => alertId)) });
      program?.kill('SIGKILL');
      return { instead: { kind: 'reset' } };
    }
    const isFirst = told.some(({ alertId }) => !seen.has(alertId));
    for (const { alertId } of told) seen.add(alertId);
    const met = isFirst ? outcome : '200';
    fates.push({ outcome: met, inWindow: new Set(isHit ? told.map(({ alertId }) => alertId) : []) });
    world.loopback.discord.script.next(OUTCOMES[met]);
    if (!isHit) return {};
    return {
      after: async () => {
        program?.kill('SIGKILL');
        await program?.ended;
      },
    };
  };

  const world = await createKillWorld({ recordings, seed, speed: SPEED, latencyMs: LATENCY_MS, deadline: DEADLINE, meet });

  const live = async ({ label, outcome }: Step): Promise<Kill> => {
    const [point = '', nth = '1'] = label.split(':');
    const program = world.start({ main, env: { CRASH_AT: label } });
    const before = fates.length;
    life = { point, nth: point === 'K5' || point === 'K6' ? Number(nth) : 0, outcome, program, posts: 0 };
    const ended = await Promise.race([program.ended, until<never>(label, () => null, LIFE_MS_MAX).catch(() => null)]);
    if (ended?.signal !== 'SIGKILL') world.mishap(`${label} with ${outcome} was not come to: ${ended?.code ?? 'it went on'}`);
    program.kill('SIGKILL');
    await program.ended;
    life = { ...life, nth: 0, program: null };
    world.note(program);
    const { rows, isTorn } = world.look(`after ${label} with ${outcome}`);
    const sending = new Set(rows.filter(({ state }) => state === 'sending').map(({ alertId }) => alertId));
    // Whatever the point was, another alert may have been on its way: the disk says so. It was with its last POST: before another
    // one, what had become of the one before is written down.
    const posts = world.loopback.posts();
    for (const id of sending) {
      const last = posts.findLastIndex(({ told }) => told.some(({ alertId }) => alertId === id));
      if (last >= before) fates[last]!.inWindow.add(id);
    }
    return { moment: point, inFlight: sending.size > 0, atDiscord: point === 'K6', isTorn };
  };

  try {
    for (const step of steps) kills.push(await live(step));
    // What has piled up meanwhile is sent without further ado.
    if (life.outcome !== '404') life = { ...life, outcome: '200' };
    const evidence = await world.finish();
    return {
      ...evidence,
      kills,
      mishaps: [...evidence.mishaps, ...repeatsOutsideWindow(world.loopback.posts(), fates, world.journal.deliveries())],
    };
  } finally {
    await world.close();
  }
};
