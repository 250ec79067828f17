import type { SchedulerLike } from 'rxjs';
import { defer, finalize, tap } from 'rxjs';
import type { Report } from '../../model/fault.js';
import type { Http } from '../../ports/http.js';
import type { Sockets } from '../../ports/socket.js';
import type { Line, SocketNote } from './line.js';
import { answerOf, failureOf, frameLine, lineText, publicUrl } from './line.js';
import type { WriterOptions } from './writer.js';
import { createWriter } from './writer.js';

export interface RecorderOptions extends Omit<WriterOptions, 'trouble' | 'heading' | 'queueBytesMax'> {
  /** Whose time the lines carry: the market's clock. */
  readonly clock: SchedulerLike;
  readonly report: Report;
  readonly queueBytesMax?: number;
}

/** Writes down what comes through two ports. */
export interface Recorder {
  /** The same port; requests and their answers are written down. */
  http(inner: Http): Http;
  /** The same port; every frame is written down, also those that `keep` refuses, and every event. */
  sockets(inner: Sockets): Sockets;
  /** Resolves when everything is on the disk. */
  close(): Promise<void>;
}

const QUEUE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * A recorder of raw frames and answers, to be played back through the real parser (createPlayback). It belongs around the ports
 * that a source is given, which carry public market data only; nothing that sinks send can reach it. What the disk is too slow
 * for is left out, counted and reported; when the disk fails, that is reported and the recording ends, and the source goes on.
 */
export const createRecorder = (options: RecorderOptions): Recorder => {
  const { clock, report, queueBytesMax = QUEUE_BYTES_MAX } = options;
  const trouble = (detail: string, lines: number): void =>
    report({ kind: 'recording-incomplete', detail, ...(lines > 0 ? { count: lines } : {}) });
  /** Addresses of the connections that are open. */
  const open = new Map<number, string>();
  const heading = (t: number): readonly string[] => [...open].map(([c, url]) => lineText({ t, c, url, on: true }));
  const writer = createWriter({ ...options, queueBytesMax, heading, trouble });
  let connections = 0;
  let lastMs = 0;

  /** The clock follows the exchange's and may be set back by that; lines are not. */
  const now = (): number => {
    lastMs = Math.max(lastMs, Math.floor(clock.now()));
    return lastMs;
  };
  const put = (line: Line): void => writer.write(line.t, lineText(line));

  return {
    http: (inner) => ({
      request: (request) =>
        defer(() => {
          const askedMs = now();
          const q = { method: request.method, url: publicUrl(request.url) };
          const answered = (a: Extract<Line, { a: unknown }>['a']): void => {
            const t = now();
            put({ t, q, ms: t - askedMs, a });
          };
          return inner.request(request).pipe(
            tap({
              next: (response) => answered(answerOf(response)),
              error: (error: unknown) => answered(failureOf(error)),
            }),
          );
        }),
    }),
    sockets: (inner) => ({
      open: (request) =>
        defer(() => {
          const c = ++connections;
          const note = (e: SocketNote): void => put({ t: now(), c, e });
          const url = publicUrl(request.url);
          put({ t: now(), c, url });
          const keep = (frame: Buffer): boolean => {
            const t = now();
            writer.write(t, frameLine(t, c, frame));
            return request.keep?.(frame) ?? true;
          };
          let over = false;
          return inner.open({ ...request, keep }).pipe(
            tap((event) => {
              if (event.kind === 'frame') return;
              over = event.kind === 'closed' || event.kind === 'refused';
              note(event);
              if (event.kind === 'open') open.set(c, url);
            }),
            finalize(() => {
              if (!over) note({ kind: 'left' });
              open.delete(c);
            }),
          );
        }),
    }),
    close: () => writer.close(),
  };
};
