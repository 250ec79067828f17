import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Pending } from '../../src/model/delivery.js';
import { isFinal } from '../../src/model/delivery.js';
import { formatDuration } from '../../src/ports/settings.js';
import type { Recordings } from '../../src/simulator/recordings.js';
import type { ServerUnderTest } from '../stores/server-context.js';
import { answer, run } from '../stores/support.js';
import type { Footer, Loopback } from '../support/loopback.js';
import { readFooters, serveLoopback } from '../support/loopback.js';
import type { Program } from '../support/program.js';
import { createPrograms, until } from '../support/program.js';
import type { DatabaseServer } from '../support/servers.js';
import { settingsDocument } from './settings.js';

/*
 * Several replicas of the monitor, each a process, on one store: a simulated Binance and a simulated Discord of their own live on in
 * this process while replicas are killed and stopped.
 */

export const SYMBOLS = ['AERGOUSDT', 'B2USDT', 'BTCUSDT', 'DOLOUSDT', 'MILKUSDT', 'TRXUSDT'] as const;
const SPEED = 60;
const MINUTE = 60_000;
/** Everybody begins here, and judges every bar from here on. */
const START_MS = Date.UTC(2025, 5, 19, 6);
/** Two thirds of it are more than the sink's deadline and two seconds. */
export const LEASE_MS = 5_000;
const SINK_DEADLINE = '1s';

export interface ReplicaWorldOptions {
  readonly under: ServerUnderTest;
  readonly server: DatabaseServer;
  /** Where on the server; nobody has been there. */
  readonly place: string;
  readonly recordings: Recordings;
  readonly replicas: number;
  readonly seed: number;
}

/** What one run has come to, for bars up to some time. */
export interface Told {
  /** Every message that Discord has saved, in order. */
  readonly copies: readonly Footer[];
  readonly rows: readonly Pending[];
}

export interface ReplicaWorld {
  readonly loopback: Loopback;
  /** The replica that acts now, connected and warm; waits for it. */
  active(): Promise<number>;
  /** Ends a replica without a word, and starts another in its place a little later. */
  kill(replica: number): Promise<void>;
  /** Stops a replica for so long, and lets it go on. */
  pause(replica: number, ms: number): Promise<void>;
  /** Resolves when all bars up to this time are judged and what was claimed of them has ended. */
  settledUpTo(openTimeMs: number): Promise<void>;
  judgedUpTo(): Promise<number>;
  toldUpTo(openTimeMs: number): Promise<Told>;
  /** What replicas said, all lives of all of them. */
  events(): readonly string[];
  /** What should not have happened. */
  mishaps(): readonly string[];
  close(): Promise<void>;
}

// The exchange of a test lives in another year than the machine, which makes the store doubt its clock and says nothing here.
const FORBIDDEN = new Set(['store-damaged', 'bars-missing', 'bars-lost', 'series-restarted', 'monitor-broken']);

export const createReplicaWorld = async (options: ReplicaWorldOptions): Promise<ReplicaWorld> => {
  const { under, server, place, recordings, replicas: count, seed } = options;
  const folder = mkdtempSync(join(tmpdir(), 'replicas-'));
  // What an earlier life has left: a position, so that it does not matter when the first replica begins.
  const { store: first } = under.replica(server.url(), place);
  const { epoch } = await answer(first.open());
  const position = { market: 'usdm', interval: '1m', openTimeMs: START_MS - MINUTE, lagging: {} } as const;
  await run(first.claim({ epoch, position, alerts: [], deliveries: [], atMs: START_MS }));
  await run(first.close());

  const loopback = await serveLoopback(recordings, {
    speed: SPEED,
    startMs: START_MS,
    seed,
    latencyMs: [80, 400],
    limits: { channelCount: 1_000_000 },
  });
  const document = settingsDocument({
    loopback,
    speed: SPEED,
    store: '',
    symbols: SYMBOLS,
    moveThreshold: 0.7,
    volumeLogZThreshold: 0.2,
    cooldown: '2m',
    maxAge: '60m',
    health: true,
  });
  const config = join(folder, 'monitor.yaml');
  const store = {
    type: under.name,
    url: server.url(),
    ...(under.name === 'redis' ? { prefix: place } : { schema: place }),
    lease: formatDuration(LEASE_MS),
  };
  // Words alone, and a message for every alert: what is compared is who was told of what.
  const sinks = [{ type: 'discord', webhookUrl: loopback.webhookUrl, deadline: SINK_DEADLINE, picture: 'off' }];
  writeFileSync(config, JSON.stringify({ ...document, store, sinks, episodes: { groupFor: 'off' } }));
  const programs = createPrograms();
  const start = (): Program => programs.start(['run', '--config', config]);
  const running = Array.from({ length: count }, start);
  const all = [...running];
  const mishaps: string[] = [];
  const reader = under.replica(server.url(), place, { deadline: 5_000 }).store;

  const isReady = async (program: Program | undefined): Promise<boolean> => {
    const url = program?.log().find(({ event }) => event === 'health-listening')?.['url'];
    if (typeof url !== 'string') return false;
    // A stopped process does not answer.
    const signal = AbortSignal.timeout(300);
    return fetch(`${url}/readyz`, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  const rowsUpTo = async (openTimeMs: number): Promise<readonly Pending[]> =>
    (await answer(reader.read!())).filter(({ alert }) => alert.openTimeMs <= openTimeMs);
  const judgedUpTo = async (): Promise<number> => (await under.judgedUpTo(server.url(), place)) ?? 0;

  return {
    loopback,
    active: () =>
      until(
        'a replica is ready',
        async () => {
          const ready = await Promise.all(running.map(isReady));
          return ready.includes(true) ? { found: ready.indexOf(true) } : null;
        },
        40_000,
      ).then(({ found }) => found),
    kill: async (replica) => {
      const victim = running[replica] as Program;
      victim.kill('SIGKILL');
      const { signal, code } = await victim.ended;
      if (signal !== 'SIGKILL')
        mishaps.push(`a replica ended by itself with ${code ?? signal}: ${JSON.stringify(victim.log().at(-1))}`);
      await wait(500);
      all.push((running[replica] = start()));
    },
    pause: async (replica, ms) => {
      const victim = running[replica] as Program;
      victim.kill('SIGSTOP');
      await wait(ms);
      victim.kill('SIGCONT');
    },
    judgedUpTo,
    settledUpTo: async (openTimeMs) => {
      await until(
        `bars are judged up to ${new Date(openTimeMs).toISOString()}`,
        async () => (await judgedUpTo()) >= openTimeMs,
        60_000,
      );
      await until(
        'all has ended',
        async () => (await rowsUpTo(openTimeMs)).every(({ delivery }) => isFinal(delivery.state)),
        60_000,
      );
    },
    toldUpTo: async (openTimeMs) => {
      const rows = await rowsUpTo(openTimeMs);
      const ids = new Set(rows.map(({ alert }) => alert.id));
      const known = new Set((await answer(reader.read!())).map(({ alert }) => alert.id));
      const copies = loopback.discord.saved().flatMap(({ body }) => readFooters(body));
      for (const { alertId } of copies) if (!known.has(alertId)) mishaps.push(`${alertId} was sent and is not in the store`);
      return { rows, copies: copies.filter(({ alertId }) => ids.has(alertId)) };
    },
    events: () => all.flatMap((program) => program.events()),
    mishaps: () => [
      ...mishaps,
      ...all.flatMap((program) => [
        ...(program.complaints() === '' ? [] : [program.complaints()]),
        ...program
          .log()
          .filter(({ event, level }) => FORBIDDEN.has(event) || level === 'fatal')
          .map(({ event, msg }) => `${event}: ${msg}`),
      ]),
    ],
    close: async () => {
      // A stopped process cannot end.
      for (const program of running) program.kill('SIGCONT');
      await programs.endAll();
      await loopback.close();
      await run(reader.close());
      rmSync(folder, { recursive: true });
    },
  };
};
