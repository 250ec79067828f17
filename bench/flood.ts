import { fork } from 'node:child_process';
import { dirname, join } from 'node:path';
import { asyncScheduler, EMPTY } from 'rxjs';
import { config } from '../src/config/index.js';
import type { Context } from '../src/ports/context.js';
import { createMonitor } from '../src/run.js';
import { createFiles } from '../src/runtime/files.js';
import { createHttp } from '../src/runtime/http.js';
import { createSockets } from '../src/runtime/sockets.js';
import { createVirtualClock } from '../src/runtime/virtual-clock.js';
import type { Order, Told } from './flood-server.js';
import { BAR_MS } from './frames.js';

/** A program of the bench that lies beside the one that runs. */
export const entry = (name: string): string => join(dirname(process.argv[1] ?? ''), name);

/** Every subscription has been asked for by then. */
const SUBSCRIBING_MS = 1_500;
/** A minute boundary, in the middle of nowhere: the market's time in this bench. */
export const START_MS = Date.UTC(2026, 0, 5, 12, 0, 0);
/** The source's default: the bar before the start has been closed for longer, so it is part of the warm-up. */
const GRACE_MS = 3_000;

/** The far side (flood-server.ts), in a process of its own. */
export const startFlood = async (symbols: number) => {
  const server = fork(entry('bench-flood.js'), [String(symbols), String(START_MS + GRACE_MS + 100)]);
  const waiting: ((told: Told) => void)[] = [];
  const queued: Told[] = [];
  server.on('message', (told: Told) => {
    const next = waiting.shift();
    if (next === undefined) queued.push(told);
    else next(told);
  });
  const told = (): Promise<Told> => {
    const ready = queued.shift();
    return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
  };
  const expectTold = async <Kind extends Told['kind']>(kind: Kind): Promise<Extract<Told, { kind: Kind }>> => {
    const next = await told();
    if (next.kind !== kind) throw new Error(`the server said ${next.kind}, not ${kind}`);
    return next as Extract<Told, { kind: Kind }>;
  };
  const { port } = await expectTold('listening');
  return {
    port,
    connected: async (): Promise<number> => (await expectTold('connected')).connection,
    /** Floods one connection with a bar of its symbols, and waits until all of it was taken. */
    flood: async (order: Omit<Order, 'kind'>): Promise<Extract<Told, { kind: 'taken' }>> => {
      server.send({ kind: 'flood', ...order } satisfies Order);
      return expectTold('taken');
    },
    end: (): void => server.disconnect(),
  };
};

export type Flood = Awaited<ReturnType<typeof startFlood>>;

/**
 * The monitor as `run` builds it, from socket to verdict, warm and subscribed. Market time stands still but for the bench's own
 * steps, so it cannot fall behind.
 */
export const startMonitor = async (
  flood: Flood,
  { symbols, perSocket }: { readonly symbols: number; readonly perSocket: number },
) => {
  const address = `127.0.0.1:${flood.port}`;
  const source = {
    type: 'binance',
    interval: '1m',
    streamsPerSocket: perSocket,
    news: false,
    endpoints: { usdm: { rest: `http://${address}`, ws: `ws://${address}` } },
  };
  const loaded = config.loadText({
    file: null,
    env: {},
    overrides: [
      { path: 'source', from: 'bench', value: source },
      { path: 'store', from: 'bench', value: { type: 'memory' } },
      { path: 'sinks', from: 'bench', value: [] },
    ],
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const clock = createVirtualClock(START_MS + GRACE_MS + 100);
  const context: Context = {
    marketTime: clock,
    wireTime: asyncScheduler,
    random: Math.random,
    http: createHttp(),
    sockets: createSockets(),
    files: createFiles(),
    report: ({ kind, detail }) => console.error(`${kind}: ${detail}`),
    print: () => undefined,
  };
  let judged = 0;
  const monitor = createMonitor({
    settings: loaded.settings,
    context,
    stop$: EMPTY,
    version: 'bench',
    faults: () => ({}) as never,
  });
  const running = monitor.outcome$.subscribe({
    next: (outcome) => {
      if (outcome.kind === 'close') judged += outcome.close.judged.length;
    },
    error: (error: unknown) => {
      throw error;
    },
  });
  const connections: number[] = [];
  while (connections.length * perSocket < symbols) connections.push(await flood.connected());
  while (monitor.health().series.warm < symbols) await new Promise((resolve) => setImmediate(resolve));
  // Each connection subscribes in requests of at most 150 names, a quarter of a second apart; a bar told before is had over REST.
  await new Promise((resolve) => setTimeout(resolve, SUBSCRIBING_MS));
  return {
    connections,
    judged: () => judged,
    /** To just after the close of a bar, and before anybody would miss it. */
    closeBar: (openTimeMs: number): void => clock.advanceTo(openTimeMs + BAR_MS + 100),
    /** Past every barrier. */
    settle: (): void => clock.advanceTo(clock.now() + 2_000),
    end: (): void => running.unsubscribe(),
  };
};
