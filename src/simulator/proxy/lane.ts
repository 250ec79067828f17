import type { Socket } from 'node:net';
import type { SchedulerLike } from 'rxjs';
import { Subscription } from 'rxjs';
import { after } from '../exchange/after.js';
import type { Towards, Toxics } from './toxic.js';

export interface LaneParts {
  readonly from: Socket;
  readonly to: Socket;
  readonly towards: Exclude<Towards, 'both'>;
  readonly toxics: Toxics;
  readonly wireTime: SchedulerLike;
  readonly random: () => number;
  readonly count: { taken: number; given: number };
}

export interface Lane {
  /** Goes on, if anything may pass. */
  pump(): void;
  stop(): void;
}

/** `bytes: null` is the end of the side they come from. */
interface Item {
  readonly bytes: Buffer | null;
  readonly dueMs: number;
}

/** More than this is not read ahead: then the sender feels the slowness. */
const AHEAD_BYTES_MAX = 256 * 1024;

/** One direction of one connection: a queue, and what the toxics do to its head. */
export const createLane = ({ from, to, towards, toxics, wireTime, random, count }: LaneParts): Lane => {
  const queue: Item[] = [];
  let waiting = Subscription.EMPTY;
  /** Bytes of the head that have waited long enough. */
  let granted = 0;
  let ahead = 0;
  let passed = 0;

  const latencyMs = (): number => {
    const latency = toxics.find('latency', towards);
    return latency === undefined ? 0 : Math.max(0, latency.ms + (latency.jitterMs ?? 0) * (2 * random() - 1));
  };
  const put = (bytes: Buffer | null): void => {
    const closeMs = bytes === null ? (toxics.find('slow-close', towards)?.ms ?? 0) : 0;
    queue.push({ bytes, dueMs: Math.max(queue.at(-1)?.dueMs ?? 0, wireTime.now() + latencyMs() + closeMs) });
    ahead += bytes?.length ?? 0;
    if (ahead > AHEAD_BYTES_MAX) from.pause();
    pump();
  };
  /** Takes so many bytes off the queue's head. */
  const take = (head: Buffer, size: number): Buffer => {
    const first = queue.shift();
    if (size < head.length) queue.unshift({ bytes: head.subarray(size), dueMs: first?.dueMs ?? 0 });
    ahead -= size;
    if (ahead <= AHEAD_BYTES_MAX) from.resume();
    return head.subarray(0, size);
  };
  const give = (bytes: Buffer): void => {
    const limit = toxics.find('limit-data', towards)?.bytes ?? Infinity;
    const piece = bytes.subarray(0, Math.max(0, limit - passed));
    passed += piece.length;
    count.given += piece.length;
    to.write(piece);
    if (passed < limit) return;
    to.end();
    from.destroy();
  };
  const wait = (ms: number, work: () => void): false => {
    waiting = after(ms, wireTime, work);
    return false;
  };
  const grant = (size: number): void => {
    granted = size;
    pump();
  };

  /** One step of the head; false when there is nothing to do for now. */
  const step = (head: Item): boolean => {
    const { bytes, dueMs } = head;
    if (toxics.find('freeze', towards) !== undefined) return false;
    if (toxics.find('timeout', towards) !== undefined) {
      // What comes is lost; the end of a side stays behind until the toxic is gone.
      if (bytes !== null) take(bytes, bytes.length);
      return bytes !== null;
    }
    const leftMs = dueMs - wireTime.now();
    if (leftMs > 0) return wait(leftMs, pump);
    if (bytes === null) {
      queue.shift();
      if (from.destroyed) to.destroySoon();
      else to.end();
      return true;
    }
    const slicer = toxics.find('slicer', towards);
    const rate = toxics.find('bandwidth', towards)?.bytesPerSecond ?? Infinity;
    const size = granted > 0 ? granted : Math.min(bytes.length, slicer?.bytes ?? Infinity);
    const pauseMs = granted > 0 ? 0 : (slicer?.pauseMs ?? 0) + (size / rate) * 1_000;
    if (pauseMs > 0) return wait(pauseMs, () => grant(size));
    granted = 0;
    give(take(bytes, size));
    return true;
  };
  const pump = (): void => {
    while (waiting.closed && !to.destroyed && !to.writableNeedDrain) {
      const head = queue[0];
      if (head === undefined || !step(head)) return;
    }
  };

  from.on('data', (bytes: Buffer) => {
    count.taken += bytes.length;
    put(bytes);
  });
  let ended = false;
  const end = (): void => {
    if (!ended) put(null);
    ended = true;
  };
  from.on('end', end);
  from.on('close', end);
  to.on('drain', pump);
  return { pump, stop: () => waiting.unsubscribe() };
};
