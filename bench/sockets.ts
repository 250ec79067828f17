import { fork } from 'node:child_process';
import { WebSocket } from 'ws';
import { asyncScheduler, EMPTY } from 'rxjs';
import { config } from '../src/config/index.js';
import type { Context } from '../src/ports/context.js';
import { createMonitor } from '../src/run.js';
import { createFiles } from '../src/runtime/files.js';
import { createHttp } from '../src/runtime/http.js';
import { createSockets, SOCKET_OPTIONS } from '../src/runtime/sockets.js';
import { createVirtualClock } from '../src/runtime/virtual-clock.js';
import type { Order, Told } from './flood-server.js';
import { BAR_MS } from './frames.js';
import type { Result } from './rounds.js';
import { cpuNs, median, resultOf } from './rounds.js';

/** Rounds that warm the compiler up and are not counted. */
const WARM_ROUNDS = 3;
/** Bars of closed frames alone before them: at one closed frame in 300 that path would stay new to the compiler for long. */
const WARM_BARS = 40;
/** Frames of the monitor after which its memory is looked at first. */
const FRAMES_EARLY = 1_000_000;
/** Every subscription has been asked for by then. */
const SUBSCRIBING_MS = 1_500;
/** A minute boundary, in the middle of nowhere: the market's time in this bench. */
const START_MS = Date.UTC(2026, 0, 5, 12, 0, 0);
/** The source's default: the bar before the start has been closed for longer, so it is part of the warm-up. */
const GRACE_MS = 3_000;

interface Variant {
  readonly name: string;
  readonly connections: readonly number[];
  readonly nsPerFrame: number[];
}

export interface SocketsBench {
  readonly symbols: number;
  /** Streams on each of the monitor's connections; the bare readers have one that carries all. */
  readonly perSocket: number;
  readonly rounds: number;
  /** So many frames go through the monitor at least: memory is compared with that after the first million. */
  readonly framesInAll?: number;
}

/**
 * Three readers of one exchange in one process: (a) `ws` that only receives, (b) `ws` that parses every frame, (c) the monitor as
 * `run` builds it, from socket to verdict. The exchange floods one of them at a time with the same slice; the CPU of this
 * process during the slice is that reader's. Market time stands still but for the bench's own steps, so (c) cannot fall behind.
 */
export const benchSockets = async ({ symbols, perSocket, rounds, framesInAll = 0 }: SocketsBench) => {
  const server = fork(new URL('./bench-flood.js', import.meta.url), [String(symbols), String(START_MS + GRACE_MS + 100)]);
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
  const options = { ...SOCKET_OPTIONS, handshakeTimeout: 10_000, maxPayload: 1 << 20 };
  const connect = async (onFrame: (data: Buffer) => void): Promise<number> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/market/stream`, options);
    socket.on('message', onFrame);
    return (await expectTold('connected')).connection;
  };

  let received = 0;
  let parsed = 0;
  const receive: Variant = { name: 'ws-receive', connections: [await connect(() => void received++)], nsPerFrame: [] };
  const parse: Variant = {
    name: 'ws-parse',
    connections: [
      await connect((data) => {
        if ((JSON.parse(data as unknown as string) as { stream?: string }).stream !== undefined) parsed++;
      }),
    ],
    nsPerFrame: [],
  };

  const loaded = config.loadText({
    file: null,
    env: {},
    overrides: [
      {
        path: 'source',
        from: 'bench',
        value: {
          type: 'binance',
          interval: '1m',
          streamsPerSocket: perSocket,
          news: false,
          endpoints: { usdm: { rest: `http://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${port}` } },
        },
      },
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
  const own: number[] = [];
  while (own.length * perSocket < symbols) own.push((await expectTold('connected')).connection);
  const pipeline: Variant = { name: 'pipeline', connections: own, nsPerFrame: [] };
  while (monitor.health().series.warm < symbols) await new Promise((resolve) => setImmediate(resolve));

  // Each connection subscribes in requests of at most 150 names, a quarter of a second apart; a bar told before is had over REST.
  await new Promise((resolve) => setTimeout(resolve, SUBSCRIBING_MS));

  const variants = [receive, parse, pipeline];
  let closedSent = 0;
  let taken = 0;
  let rssBytesEarly = 0;
  const slice = async (variant: Variant, openTimeMs: number, onlyClosed = false): Promise<number> => {
    let [spent, count] = [0, 0];
    for (const connection of variant.connections) {
      const order: Order = { kind: 'flood', connection, openTimeMs, onlyClosed };
      const before = cpuNs();
      server.send(order);
      const { frames, closed } = await expectTold('taken');
      spent += cpuNs() - before;
      count += frames;
      if (variant === pipeline) closedSent += closed;
    }
    if (variant === pipeline) {
      taken += count;
      if (rssBytesEarly === 0 && taken >= FRAMES_EARLY) rssBytesEarly = process.memoryUsage.rss();
    }
    return spent / count;
  };

  /** To just after the close of a bar, and before anybody would miss it. */
  const closeBar = (openTimeMs: number): void => clock.advanceTo(openTimeMs + BAR_MS + 100);
  for (let bar = 0; bar < WARM_BARS; bar++) {
    const openTimeMs = START_MS + bar * BAR_MS;
    closeBar(openTimeMs);
    await slice(pipeline, openTimeMs, true);
  }
  for (let round = 0; round < WARM_ROUNDS + rounds; round++) {
    const openTimeMs = START_MS + (WARM_BARS + round) * BAR_MS;
    closeBar(openTimeMs);
    // Who goes first changes from round to round.
    for (let i = 0; i < variants.length; i++) {
      const variant = variants[(round + i) % variants.length] as Variant;
      const ns = await slice(variant, openTimeMs);
      if (round >= WARM_ROUNDS) variant.nsPerFrame.push(ns);
    }
  }
  let openTimeMs = START_MS + (WARM_BARS + WARM_ROUNDS + rounds) * BAR_MS;
  for (; taken < framesInAll; openTimeMs += BAR_MS) {
    closeBar(openTimeMs);
    await slice(pipeline, openTimeMs);
  }
  const rssGrowth = process.memoryUsage.rss() / rssBytesEarly;
  clock.advanceTo(clock.now() + 2_000);
  if (received === 0 || parsed === 0) throw new Error('a variant received nothing');
  if (judged !== closedSent) throw new Error(`${judged} bars judged of ${closedSent} closed bars sent`);
  running.unsubscribe();
  server.disconnect();

  const ratio = (over: Variant, under: Variant): number =>
    median(over.nsPerFrame.map((ns, round) => ns / (under.nsPerFrame[round] as number)));
  const results: readonly Result[] = variants.map(({ name, nsPerFrame }) => resultOf(name, nsPerFrame));
  return {
    results,
    rssGrowth,
    ratios: { pipelineCpuOverReceive: ratio(pipeline, receive), parseCpuOverPipeline: ratio(parse, pipeline) },
  };
};
