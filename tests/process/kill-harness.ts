import { setTimeout as wait } from 'node:timers/promises';
import type { DiscordOutcome } from '../../src/simulator/discord.js';
import { createRandom } from '../../src/simulator/exchange/random.js';
import type { Recordings } from '../../src/simulator/recordings.js';
import type { Program } from '../support/program.js';
import { until } from '../support/program.js';
import type { Evidence, Kill } from './kill-world.js';
import { createKillWorld } from './kill-world.js';

/*
 * A monitor with a persistent store is killed again and again, at random moments, while a simulated Binance and a simulated
 * Discord live on in this process (decisions.md 19).
 */

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
  readonly recordings: Recordings;
  readonly seed: number;
  readonly kills: number;
  readonly say: (line: string) => void;
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

export const runKills = async ({ recordings, seed, kills: count, say }: KillOptions): Promise<Evidence> => {
  const random = createRandom(seed);
  const world = await createKillWorld({ recordings, seed, speed: speedFor(count), latencyMs: [80, 400], deadline: '2s' });
  const { loopback } = world;
  loopback.discord.script.next(...Array.from({ length: 20_000 }, () => weather(random)));

  const isSending = (program: Program, before: number): Promise<unknown> =>
    Promise.race([
      until('a message', () => loopback.posts().length > before, SILENCE_MS_MAX).catch(() => undefined),
      program.ended,
    ]);

  const live = async (number: number): Promise<Kill> => {
    const before = loopback.posts().length;
    const moment = random() < EARLY_SHARE ? 'early' : 'delivering';
    const delayMs = random() * (moment === 'early' ? EARLY_MS_MAX : LATE_MS_MAX);
    const program = world.start();
    if (moment === 'delivering') await isSending(program, before);
    await wait(delayMs);
    const unanswered = loopback
      .posts()
      .slice(before)
      .some(({ answeredAtMs }) => answeredAtMs === null);
    program.kill('SIGKILL');
    const { signal, code } = await program.ended;
    if (signal !== 'SIGKILL') world.mishap(`life ${number} ended by itself with ${code ?? signal}`);
    world.note(program);
    const { rows, isTorn } = world.look(`after kill ${number}`);
    const inFlight = rows.some(({ state }) => state === 'sending');
    return { moment, inFlight, atDiscord: inFlight && unanswered, isTorn };
  };

  try {
    const kills: Kill[] = [];
    for (let number = 1; number <= count; number++) {
      kills.push(await live(number));
      if (number % 10 === 0) say(`${number} kills, ${kills.filter(({ inFlight }) => inFlight).length} in flight`);
    }
    return { ...(await world.finish()), kills };
  } finally {
    await world.close();
  }
};
