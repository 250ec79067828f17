import { WebSocket } from 'ws';
import { SOCKET_OPTIONS } from '../src/runtime/sockets.js';
import { START_MS, startFlood, startMonitor } from './flood.js';
import { BAR_MS, symbolOf } from './frames.js';
import type { Result } from './rounds.js';
import { cpuNs, median, resultOf } from './rounds.js';

/** Rounds that warm the compiler up and are not counted. */
const WARM_ROUNDS = 3;
/** Bars of closed frames alone before them: at one closed frame in 300 that path would stay new to the compiler for long. */
const WARM_BARS = 40;

interface Variant {
  readonly name: string;
  readonly connections: readonly number[];
  readonly nsPerFrame: number[];
}

export interface SocketsBench {
  readonly symbols: number;
  /** Streams on each connection. */
  readonly perSocket: number;
  readonly rounds: number;
}

/**
 * Three readers of one exchange in one process: (a) `ws` that only receives, (b) `ws` that parses every frame, (c) the monitor as
 * `run` builds it, from socket to verdict; each with as many connections as the monitor needs. The exchange floods one connection
 * at a time with the same slice; the CPU of this process during the slice is that reader's. (c) can cost less than (a): it takes the
 * frames of open bars out of the bytes before `ws` reads them.
 */
export const benchSockets = async ({ symbols, perSocket, rounds }: SocketsBench) => {
  const flood = await startFlood(symbols);
  const options = { ...SOCKET_OPTIONS, handshakeTimeout: 10_000, maxPayload: 1 << 20 };
  /** A bare reader's connections, each subscribed to its share. */
  const connect = async (onFrame: (data: Buffer) => void): Promise<readonly number[]> => {
    const connections: number[] = [];
    for (let from = 0; from < symbols; from += perSocket) {
      const socket = new WebSocket(`ws://127.0.0.1:${flood.port}/market/stream`, options);
      socket.on('message', onFrame);
      const opened = new Promise((resolve) => socket.once('open', resolve));
      connections.push(await flood.connected());
      await opened;
      const share = Array.from({ length: Math.min(perSocket, symbols - from) }, (_, i) => symbolOf(from + i).toLowerCase());
      const answered = new Promise((resolve) => socket.once('message', resolve));
      socket.send(JSON.stringify({ method: 'SUBSCRIBE', params: share.map((symbol) => `${symbol}@kline_1m`), id: 1 }));
      await answered;
    }
    return connections;
  };

  let received = 0;
  let parsed = 0;
  const receive: Variant = { name: 'ws-receive', connections: await connect(() => void received++), nsPerFrame: [] };
  const parse: Variant = {
    name: 'ws-parse',
    connections: await connect((data) => {
      if ((JSON.parse(data as unknown as string) as { stream?: string }).stream !== undefined) parsed++;
    }),
    nsPerFrame: [],
  };
  const monitor = await startMonitor(flood, { symbols, perSocket });
  const pipeline: Variant = { name: 'pipeline', connections: monitor.connections, nsPerFrame: [] };

  const variants = [receive, parse, pipeline];
  let closedSent = 0;
  const slice = async (variant: Variant, openTimeMs: number, onlyClosed = false): Promise<number> => {
    let [spent, count] = [0, 0];
    for (const connection of variant.connections) {
      const before = cpuNs();
      const { frames, closed } = await flood.flood({ connection, openTimeMs, onlyClosed });
      spent += cpuNs() - before;
      count += frames;
      if (variant === pipeline) closedSent += closed;
    }
    return spent / count;
  };

  for (let bar = 0; bar < WARM_BARS; bar++) {
    const openTimeMs = START_MS + bar * BAR_MS;
    monitor.closeBar(openTimeMs);
    await slice(pipeline, openTimeMs, true);
  }
  for (let round = 0; round < WARM_ROUNDS + rounds; round++) {
    const openTimeMs = START_MS + (WARM_BARS + round) * BAR_MS;
    monitor.closeBar(openTimeMs);
    // Who goes first changes from round to round.
    for (let i = 0; i < variants.length; i++) {
      const variant = variants[(round + i) % variants.length] as Variant;
      const ns = await slice(variant, openTimeMs);
      if (round >= WARM_ROUNDS) variant.nsPerFrame.push(ns);
    }
  }
  monitor.settle();
  if (received === 0 || parsed === 0) throw new Error('a variant received nothing');
  if (monitor.judged() !== closedSent) throw new Error(`${monitor.judged()} bars judged of ${closedSent} closed bars sent`);
  monitor.end();
  flood.end();

  const ratio = (over: Variant, under: Variant): number =>
    median(over.nsPerFrame.map((ns, round) => ns / (under.nsPerFrame[round] as number)));
  const results: readonly Result[] = variants.map(({ name, nsPerFrame }) => resultOf(name, nsPerFrame));
  return {
    results,
    ratios: { pipelineCpuOverReceive: ratio(pipeline, receive), parseCpuOverPipeline: ratio(parse, pipeline) },
  };
};
