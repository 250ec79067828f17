import type { Observable, SchedulerLike } from 'rxjs';
import {
  ReplaySubject,
  Subject,
  catchError,
  defer,
  exhaustMap,
  filter,
  finalize,
  interval as every,
  map,
  merge,
  of,
  switchMap,
  take,
  takeWhile,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { beside } from '../../operators/connection/beside.js';
import type { Line } from '../../operators/connection/handover.js';
import { SilenceError, watchdog } from '../../operators/connection/watchdog.js';
import type { SocketCommand, SocketEvent, Sockets } from '../../ports/socket.js';
import type { Complaints } from './complaints.js';
import type { Glance } from './glance.js';
import { LinkError, endOf, refusalOf } from './link-error.js';
import type { Read, ReaderParts } from './reader.js';
import type { Sight } from './sight.js';
import { createSight } from './sight.js';
import { controlText } from './streams.js';
import type { SubscriptionParts } from './subscriptions.js';
import { createSubscriptions } from './subscriptions.js';

const HANDSHAKE_MS = 10_000;
const FRAME_BYTES_MAX = 1_048_576;
const PULSE_MS = 5_000;
/** The first data must come within this part of the time after which silence is death. */
const FIRST_DATA_SHARE = 0.5;

/** What a socket shows of itself, over all its connections. */
export interface LinkState {
  /** Streams it is to carry. */
  names: ReadonlySet<string>;
  /** The connection that counts now; `null` while there is none. */
  sight: Sight | null;
  /** When data was last known to come, wire time; `null` before the first. */
  lastDataMs: number | null;
  /** Connections lost, and planned changes of connection. */
  losses: number;
  rotations: number;
}

export interface SessionParts<T> {
  /** `usdm 1`, for people. */
  readonly name: string;
  readonly url: string;
  /** Where the streams of this socket are carried, for people: what to look at when nothing comes. */
  readonly carriedBy: string;
  readonly read: Read<T>;
  /** Streams to be subscribed: the latest at once, then each change. */
  readonly names$: Observable<readonly string[]>;
  /** Streams to be given up and subscribed again; those of other sockets are passed over. */
  readonly again$: Observable<readonly string[]>;
  /** Wire milliseconds between two control messages. */
  readonly messageGapMs: number;
  readonly idleMs: number;
  /** Wire milliseconds after which another connection takes the place of this one. */
  readonly ageMsMax: number;
  readonly line: Line;
  /** Told of what is seen of the connection, once there is one. */
  readonly opened: (sight: Sight) => void;
  readonly state: LinkState;
  /** Which frames of open bars are read; none but samples if absent. */
  readonly glance?: Glance | undefined;
  readonly complaints: Complaints;
  readonly sockets: Sockets;
  readonly wireTime: SchedulerLike;
}

/** What becomes of requests that fail (reliability.md F26). */
const tellFailures = <T>({ name, complaints }: SessionParts<T>): SubscriptionParts => ({
  failed: ({ method, names }, why) => {
    const what = method === 'SUBSCRIBE' ? 'a subscription' : 'the end of a subscription';
    const detail = `${name}: ${what} of ${names.length} streams failed (${why}); it is tried again, meanwhile their bars come over REST`;
    complaints.tell(`subscription ${name}`, why, { kind: 'subscription-failed', detail });
  },
  gaveUp: (stream, why) => {
    const detail = `${name}: the exchange does not carry ${stream} (${why}); its bars are asked for over REST`;
    complaints.tell(`subscription ${name} ${stream}`, why, { kind: 'subscription-failed', detail });
  },
});

/** Reads what a connection carries, and says of itself when it is as good as its predecessor, and when it will not last. */
const createSession = <T>(parts: SessionParts<T>, pulseMs: number, wake: () => void) => {
  const { name, url, idleMs, line, state, complaints, wireTime } = parts;
  const sight = createSight(wireTime, parts.glance);
  const requests = createSubscriptions(tellFailures(parts));
  let silentMs = 0;
  let isReady = false;

  /** Acknowledgements prove nothing; that something flows, and that everything has been answered, proves what can be proved. */
  const settle = (): void => {
    if (isReady || !sight.hasData() || !requests.isSettled()) return;
    isReady = true;
    state.sight = sight;
    line.ready();
  };

  const giveWay = (): void => {
    if (line.isReplaced()) return;
    state.rotations++;
    line.due();
  };

  const hooks: ReaderParts = {
    name,
    complaints,
    wireTime,
    saw: (frame) => {
      const isFirst = !sight.hasData();
      sight.saw(frame);
      if (isFirst) settle();
    },
    answered: (id, error) => {
      if (!requests.answered(id, error) && error !== null) {
        const detail = `${name}: the exchange refused something without saying what (${error})`;
        complaints.tell(`answer ${name}`, error, { kind: 'subscription-failed', detail });
      }
      wake();
      settle();
    },
    shutdown: () => {
      const detail = `${name}: the exchange announced that this server is going down; another connection takes over`;
      complaints.tell(`shutdown ${name}`, 'announced', { kind: 'feed-moved', detail });
      giveWay();
    },
  };

  const pulse = (): void => {
    state.sight ??= sight;
    requests.pulse();
    wake();
    if (requests.isUnheard()) throw new LinkError('subscription-failed', 'not one subscription was answered');
    if (!sight.hasData() && requests.isSettled()) silentMs += pulseMs;
    if (silentMs >= idleMs * FIRST_DATA_SHARE) {
      const { pathname, host } = new URL(url);
      const count = `${state.names.size} streams were acknowledged on ${pathname} of ${host}`;
      const detail = `${count}, and not one frame came within ${silentMs / 1_000} s: a wrong or retired path does that`;
      throw new LinkError('path-silent', `${detail}. ${parts.carriedBy}; raise \`idle\` if you follow few, quiet symbols`);
    }
    if (wireTime.now() - sight.openedAtMs >= parts.ageMsMax) giveWay();
    settle();
  };

  const isAlive = (): boolean => {
    const alive = sight.look();
    if (alive) state.lastDataMs = wireTime.now();
    return alive;
  };
  const silence = (): LinkError =>
    new LinkError('feed-silent', `${sight.isRepeating() ? 'only old frames, repeated,' : 'no frame'} for ${idleMs / 1_000} s`);

  return { sight, requests, read: parts.read(hooks), pulse, isAlive, silence };
};

/**
 * One connection from its attempt to its end, which is always an error, a `LinkError` unless it is a bug. Emits what is read
 * on it.
 */
export const session = <T>(parts: SessionParts<T>): Observable<T> =>
  defer(() => {
    const { url, state, idleMs, wireTime } = parts;
    const pulseMs = Math.min(PULSE_MS, idleMs / 4);
    const opened$ = new ReplaySubject<void>(1);
    const wake$ = new Subject<void>();
    let mine: ReturnType<typeof createSession<T>> | null = null;

    const onEvent = (event: SocketEvent): T | null => {
      if (event.kind === 'frame') return mine === null ? null : mine.read(event.data);
      if (event.kind === 'open') {
        mine = createSession(parts, pulseMs, () => wake$.next());
        state.sight ??= mine.sight;
        parts.opened(mine.sight);
        opened$.next();
      } else if (event.kind === 'closed') throw endOf(url, event, mine !== null);
      else if (event.kind === 'refused') throw refusalOf(url, event, wireTime.now());
      return null;
    };

    const whenOpen = <R>(then: (opened: NonNullable<typeof mine>) => Observable<R>): Observable<R> =>
      opened$.pipe(
        take(1),
        switchMap(() => (mine === null ? of() : then(mine))),
      );
    /** Messages one by one, at a pace that the exchange bears, as long as there are any. */
    const message$ = whenOpen(({ requests }) =>
      merge(wake$, parts.names$.pipe(tap(requests.want)), parts.again$.pipe(tap(requests.again))).pipe(
        exhaustMap(() =>
          timer(0, parts.messageGapMs, wireTime).pipe(
            map(() => requests.next()),
            takeWhile((message) => message !== null),
          ),
        ),
      ),
    );

    const event$ = parts.sockets.open({
      url,
      handshakeMs: HANDSHAKE_MS,
      frameBytesMax: FRAME_BYTES_MAX,
      keep: (frame) => mine === null || mine.sight.keep(frame),
      command$: message$.pipe(
        map(({ method, names, id }): SocketCommand => ({ kind: 'send', text: controlText(method, names, id) })),
      ),
    });
    return event$.pipe(
      map(onEvent),
      filter((item) => item !== null),
      beside(whenOpen(({ pulse }) => every(pulseMs, wireTime).pipe(tap(pulse)))),
      watchdog({ idleMs, isAlive: () => mine?.isAlive() ?? false }, wireTime),
      catchError((error: unknown) => throwError(() => (error instanceof SilenceError && mine !== null ? mine.silence() : error))),
      finalize(() => {
        state.lastDataMs = mine?.sight.lastDataMs() ?? state.lastDataMs;
        if (state.sight === mine?.sight) state.sight = null;
      }),
    );
  });
