import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, constants } from 'node:zlib';
import type { SchedulerLike, Subscriber } from 'rxjs';
import { concatMap, defer, delay, Observable, of, Subscription, throwError, timeout, timer } from 'rxjs';
import type { Http, HttpRequest, HttpResponse } from '../../ports/http.js';
import { HttpError } from '../../ports/http.js';
import type { SocketCommand, SocketEvent, SocketRequest, Sockets } from '../../ports/socket.js';
import type { Answer, Line } from './line.js';
import { publicUrl } from './line.js';
import { recordingFiles } from './writer.js';

/** A recording that can be played in place of the network. */
export interface Playback {
  /** Time of the first and of the last line, ms UTC of the market's clock then. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Each recorded request is answered once, in order, as late as it was then. What was not asked then is refused. */
  http(clock: SchedulerLike): Http;
  /** Each recorded connection is given once, in order of asking for its address; its events come at their times on the clock. What two of them got within one millisecond may change places. */
  sockets(clock: SchedulerLike): Sockets;
  /** What was asked for and had not been recorded, so far. */
  unknown(): { readonly requests: number; readonly connections: number };
}

/** A folder that holds no recording, or a line of one that is none. */
export class PlaybackError extends Error {
  override readonly name = 'PlaybackError';
  constructor(readonly detail: string) {
    super(detail);
  }
}

interface Recorded {
  readonly timeMs: number;
  readonly event: SocketEvent | { readonly kind: 'left' };
}
interface Connection {
  readonly url: string;
  readonly events: Recorded[];
}
interface Exchange {
  readonly afterMs: number;
  readonly answer: Answer;
}

const NOT_RECORDED: Answer = { sent: 'no', code: 'refused', detail: 'not in the recording' };

/** A file that a process left unfinished is good up to its last flush. */
const unpack = (bytes: Buffer): string => gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8');

const parse = (name: string, text: string, isLast: boolean): readonly Line[] => {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.flatMap((line, index) => {
    try {
      return [JSON.parse(line) as Line];
    } catch {
      if (isLast && index === lines.length - 1) return [];
      throw new PlaybackError(`${name}:${index + 1} is no line of a recording`);
    }
  });
};

const eventOf = (line: Extract<Line, { c: number }>): Recorded | null => {
  if ('f' in line) return { timeMs: line.t, event: { kind: 'frame', data: Buffer.from(line.f) } };
  if ('b' in line) return { timeMs: line.t, event: { kind: 'frame', data: Buffer.from(line.b, 'base64') } };
  return 'e' in line ? { timeMs: line.t, event: line.e } : null;
};

const toResponse = (answer: Answer): Observable<HttpResponse> =>
  'status' in answer ? of(answer) : throwError(() => new HttpError(answer.sent, answer.code, answer.detail));

/** Plays one connection to its subscriber, at its times or at once when they are over. */
const play = (
  connection: Connection,
  clock: SchedulerLike,
  request: SocketRequest,
  subscriber: Subscriber<SocketEvent>,
): void => {
  let next = 0;
  let paused = false;
  const end = (event: SocketEvent): void => {
    subscriber.next(event);
    subscriber.complete();
  };
  const fail = (error: unknown): void => subscriber.error(error);
  const obey = (command: SocketCommand): void => {
    if (command.kind === 'pause') paused = true;
    else if (command.kind === 'resume') {
      paused = false;
      walk();
    } else if (command.kind === 'terminate') end({ kind: 'closed', code: 1006, reason: '' });
  };
  const tell = ({ event }: Recorded): void => {
    if (event.kind === 'left') return;
    if (event.kind === 'closed' || event.kind === 'refused') end(event);
    else if (event.kind === 'frame') {
      if (request.keep?.(event.data) ?? true) subscriber.next(event);
    } else {
      if (event.kind === 'open') subscriber.add(request.command$.subscribe({ next: obey, error: fail }));
      subscriber.next(event);
    }
  };
  let waiting = Subscription.EMPTY;
  const walk = (): void => {
    waiting.unsubscribe();
    for (; !paused && !subscriber.closed; next++) {
      const recorded = connection.events[next];
      if (recorded === undefined) return;
      const leftMs = recorded.timeMs - clock.now();
      if (leftMs > 0) {
        waiting = clock.schedule(walk, leftMs);
        subscriber.add(waiting);
        return;
      }
      tell(recorded);
    }
  };
  waiting = clock.schedule(walk);
  subscriber.add(waiting);
};

/** The client that waits longer for its opening than it is ready to gives up, as it does on a real network. */
const playOf = (connection: Connection, clock: SchedulerLike, request: SocketRequest): Observable<SocketEvent> =>
  new Observable<SocketEvent>((subscriber) => play(connection, clock, request, subscriber)).pipe(
    timeout({
      first: request.handshakeMs,
      scheduler: clock,
      with: () => of({ kind: 'closed', code: 1006, reason: 'handshake timed out' } as const),
    }),
  );

/**
 * Reads a recording into memory. Played with a virtual clock that starts at `fromMs`, or with a real one that stands there, it
 * takes the place of the network behind the real parser. Rejects with a `PlaybackError`.
 */
export const createPlayback = async (folder: string): Promise<Playback> => {
  /** Those that have not been given yet; each process that records counts its connections anew. */
  const connections: Connection[] = [];
  const latest = new Map<number, Connection>();
  const answers = new Map<string, Exchange[]>();
  let [fromMs, toMs] = [Infinity, -Infinity];
  const keyOf = ({ method, url }: Pick<HttpRequest, 'method' | 'url'>): string => `${method} ${publicUrl(url)}`;

  const take = (line: Line): void => {
    toMs = Math.max(toMs, line.t);
    if ('q' in line) {
      fromMs = Math.min(fromMs, line.t - line.ms);
      const key = keyOf(line.q);
      const known = answers.get(key) ?? [];
      answers.set(key, known);
      known.push({ afterMs: line.ms, answer: line.a });
      return;
    }
    fromMs = Math.min(fromMs, line.t);
    if ('url' in line) {
      if (line.on === true && latest.has(line.c)) return;
      // Where the file with its opening is gone, it opens here.
      const events: Recorded[] = line.on === true ? [{ timeMs: line.t, event: { kind: 'open' } }] : [];
      const connection = { url: line.url, events };
      connections.push(connection);
      latest.set(line.c, connection);
    }
    const recorded = eventOf(line);
    if (recorded !== null) latest.get(line.c)?.events.push(recorded);
  };
  const names = await recordingFiles(folder).catch(() => []);
  if (names.length === 0) throw new PlaybackError(`no recording in ${folder}`);
  for (const name of names) {
    const text = unpack(await readFile(join(folder, name)));
    for (const line of parse(name, text, name === names.at(-1))) take(line);
  }

  const unknown = { requests: 0, connections: 0 };
  return {
    fromMs,
    toMs,
    unknown: () => ({ ...unknown }),
    http: (clock) => ({
      request: (request) =>
        defer(() => {
          const found = answers.get(keyOf(request))?.shift();
          if (found !== undefined) return timer(found.afterMs, clock).pipe(concatMap(() => toResponse(found.answer)));
          unknown.requests++;
          return timer(0, clock).pipe(concatMap(() => toResponse(NOT_RECORDED)));
        }),
    }),
    sockets: (clock) => ({
      open: (request) =>
        defer((): Observable<SocketEvent> => {
          const url = publicUrl(request.url);
          const place = connections.findIndex((connection) => connection.url === url);
          const [found] = place < 0 ? [] : connections.splice(place, 1);
          if (found !== undefined) return playOf(found, clock, request);
          unknown.connections++;
          return of({ kind: 'closed', code: 1006, reason: 'not in the recording' } as const).pipe(delay(0, clock));
        }),
    }),
  };
};
