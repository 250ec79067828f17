import type { Observable, SchedulerLike } from 'rxjs';
import { ReplaySubject, defer, filter, finalize, interval as every, map, merge, switchMap, take } from 'rxjs';
import type { Fault } from '../../model/fault.js';
import type { Interval } from '../../model/interval.js';
import type { SocketCommand, SocketEvent, Sockets } from '../../ports/socket.js';
import { judgeAnswer } from './answers.js';
import type { Complaints } from './complaints.js';
import { hostOf } from './endpoints.js';
import type { WireKline } from './kline.js';
import { readFrame, saysOpen } from './kline.js';
import { controlText } from './streams.js';
import { subscriptions } from './subscriptions.js';

const HANDSHAKE_MS = 10_000;
const FRAME_BYTES_MAX = 1_048_576;
const PULSE_MS = 5_000;
/** A request that is not answered by then was swallowed. */
const ANSWER_MS = 10_000;
/** One frame in so many is read in full although its bytes say that its bar is open. */
const CANARY_FRAMES = 1_000;
/** More frames than this in a minute that cannot be read: the connection is given up. */
const GARBAGE_MAX = 20;
const MINUTE_MS = 60_000;

/** Why a connection is given up, as the fault it makes. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  constructor(
    readonly kind: Fault['kind'],
    readonly detail: string,
    /** Wire milliseconds before which another attempt would only do harm. */
    readonly pauseMsMin = 0,
  ) {
    super(detail);
  }
}

/** What a connection shows of itself: counted per frame, looked at seldom. */
export interface LinkState {
  open: boolean;
  /** Frames since the last look: a number that stays small, because it is raised at every frame for months. */
  frames: number;
  /** When frames were last seen, wire time. */
  lastFrameMs: number | null;
}

export interface SessionParts {
  /** `usdm 1`, for people. */
  readonly name: string;
  readonly url: string;
  readonly interval: Interval;
  /** Symbols to be subscribed: the latest at once, then each change. */
  readonly symbols$: Observable<readonly string[]>;
  readonly messagesPerSecond: number;
  readonly idleMs: number;
  readonly state: LinkState;
  readonly complaints: Complaints;
  readonly sockets: Sockets;
  readonly wireTime: SchedulerLike;
}

const refusal = (url: string, status: number, headers: Readonly<Record<string, string>>, nowMs: number): LinkError => {
  const answer = judgeAnswer({ status, headers, body: '' }, nowMs);
  const detail = answer.kind === 'fine' ? '200 instead of an upgrade' : answer.detail;
  return new LinkError(
    'feed-refused',
    `${hostOf(url)} refused the connection (${detail})`,
    answer.kind === 'wait' ? answer.waitMs : 0,
  );
};

/** Reads the frames of one connection that were kept. Throws a `LinkError` when the connection is to be given up. */
const createReader = ({ name, complaints, wireTime }: SessionParts, answered: (id: number) => void) => {
  let garbage: readonly number[] = [];

  const onAnswer = (id: number | null, error: string | null): void => {
    if (id !== null) answered(id);
    if (error === null) return;
    complaints.tell(`subscription ${name}`, error, {
      kind: 'subscription-failed',
      detail: `${name}: the exchange refused a subscription (${error}); its bars are asked for over REST`,
    });
  };

  const onGarbage = (why: string): void => {
    const nowMs = wireTime.now();
    garbage = [...garbage.filter((atMs) => nowMs - atMs < MINUTE_MS), nowMs];
    complaints.tell(`garbage ${name}`, why, { kind: 'frame-rejected', detail: `${name}: a frame could not be read: ${why}` });
    if (garbage.length > GARBAGE_MAX) throw new LinkError('feed-lost', `more than ${GARBAGE_MAX} unreadable frames in a minute`);
  };

  const onDisagreement = (closed: boolean): void => {
    if (closed) {
      const detail = `${name}: the bytes of a closed bar say that it is open: the layout of frames has changed`;
      complaints.tell('canary', 'closed', { kind: 'canary-disagreed', detail });
    } else {
      const detail = `${name}: open bars can no longer be told by their bytes: all frames are read in full`;
      complaints.tell('layout', 'open', { kind: 'frame-unexpected', detail });
    }
  };

  return (data: Buffer): WireKline | null => {
    const frame = readFrame(data);
    if (frame.kind === 'kline') {
      if (frame.closed === saysOpen(data)) onDisagreement(frame.closed);
      return frame.closed ? frame.bar : null;
    }
    if (frame.kind === 'shutdown') throw new LinkError('feed-lost', 'the exchange announced that this server is going down');
    if (frame.kind === 'answer') onAnswer(frame.id, frame.error);
    else if (frame.kind === 'garbage') onGarbage(frame.why);
    else
      complaints.tell(`event ${frame.type}`, 'unknown', {
        kind: 'frame-unexpected',
        detail: `${name}: an unknown event: ${frame.type}`,
      });
    return null;
  };
};

/**
 * One connection from its attempt to its end, which is always an error, a `LinkError` unless it is a bug. Emits the closed
 * bars, and `null` as a pulse every few seconds in which frames have come.
 */
export const session = (parts: SessionParts): Observable<WireKline | null> =>
  defer(() => {
    const { state, wireTime } = parts;
    const opened$ = new ReplaySubject<void>(1);
    const unanswered = new Map<number, number>();
    const read = createReader(parts, (id) => unanswered.delete(id));
    let nextId = 1;

    const command$ = opened$.pipe(
      take(1),
      switchMap(() => subscriptions(parts.symbols$, parts.interval, parts.messagesPerSecond, wireTime)),
      map(({ method, names }): SocketCommand => {
        const id = nextId++;
        unanswered.set(id, wireTime.now());
        return { kind: 'send', text: controlText(method, names, id) };
      }),
    );

    const onEvent = (event: SocketEvent): WireKline | null => {
      if (event.kind === 'frame') return read(event.data);
      if (event.kind === 'open') {
        state.open = true;
        opened$.next();
      } else if (event.kind === 'closed') {
        const why = event.reason === '' ? String(event.code) : `${event.code}, ${event.reason}`;
        throw new LinkError(
          'feed-lost',
          state.open ? `the connection was closed (${why})` : `cannot reach ${hostOf(parts.url)} (${why})`,
        );
      } else if (event.kind === 'refused') throw refusal(parts.url, event.status, event.headers, wireTime.now());
      return null;
    };

    let untilCanary = CANARY_FRAMES;
    const look = (): boolean => {
      const nowMs = wireTime.now();
      for (const sentMs of unanswered.values()) {
        if (nowMs - sentMs < ANSWER_MS) continue;
        throw new LinkError('subscription-failed', `a subscription was not answered within ${ANSWER_MS / 1_000} s`);
      }
      if (state.frames === 0) return false;
      state.frames = 0;
      state.lastFrameMs = nowMs;
      return true;
    };

    const bar$ = parts.sockets
      .open({
        url: parts.url,
        handshakeMs: HANDSHAKE_MS,
        frameBytesMax: FRAME_BYTES_MAX,
        // All that a frame of an open bar costs.
        keep: (frame) => {
          state.frames++;
          untilCanary--;
          if (untilCanary > 0) return !saysOpen(frame);
          untilCanary = CANARY_FRAMES;
          return true;
        },
        command$,
      })
      .pipe(
        map(onEvent),
        filter((bar) => bar !== null),
      );
    const pulse$ = opened$.pipe(
      take(1),
      switchMap(() => every(Math.min(PULSE_MS, parts.idleMs / 4), wireTime)),
      filter(look),
      map(() => null),
    );
    return merge(bar$, pulse$).pipe(
      finalize(() => {
        state.open = false;
      }),
    );
  });
