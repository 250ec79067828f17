import type { Observable } from 'rxjs';
import {
  EMPTY,
  ReplaySubject,
  concatMap,
  connect,
  defer,
  distinct,
  distinctUntilChanged,
  finalize,
  map,
  merge,
  mergeMap,
  scan,
  switchMap,
  tap,
} from 'rxjs';
import type { Market } from '../../model/series.js';
import type { Context } from '../../ports/context.js';
import type { Attempts } from './attempts.js';
import type { Complaints } from './complaints.js';
import type { PathClass } from './endpoints.js';
import { PATH_CLASSES, carriedBy, pathClassOf, streamUrl } from './endpoints.js';
import type { Glance } from './glance.js';
import type { Options } from './options.js';
import type { Read } from './reader.js';
import type { LinkState } from './session.js';
import { link } from './socket.js';
import { assign } from './streams.js';

/** No more sockets than this at once. */
const LINKS_MAX = 1_000;

export interface PoolParts<T> {
  readonly market: Market;
  /** Sets the names of these sockets apart from those of other pools: `usdm 1`, `usdm news 1`. */
  readonly label: string;
  readonly options: Options;
  readonly complaints: Complaints;
  readonly attempts: Attempts;
  /** Sockets by name, for health. */
  readonly links: Map<string, LinkState>;
  readonly context: Pick<Context, 'sockets' | 'wireTime' | 'random'>;
  readonly read: Read<T>;
  /** Which frames of open bars are read; none but samples if absent. */
  readonly glance?: Glance | undefined;
  /** Streams to be carried: the latest at once, then each change. */
  readonly names$: Observable<readonly string[]>;
  /** Streams to be given up and subscribed again. */
  readonly again$: Observable<readonly string[]>;
}

/** Tells the latest of a stream to whoever comes later, too. */
const latest = <T>() => ({ connector: () => new ReplaySubject<T>(1) });

/** Spot counts the answers to its pings as messages; one place in each second is left to them (reliability.md F25). */
const messageGapMs = (market: Market, perSecond: number): number =>
  Math.ceil(1_000 / (market === 'spot' ? Math.max(perSecond - 1, perSecond / 2) : perSecond));

const socket = <T>(
  parts: PoolParts<T>,
  pathClass: PathClass,
  name: string,
  names$: Observable<readonly string[]>,
): Observable<T> =>
  defer(() => {
    const { market, options, context } = parts;
    const state: LinkState = { names: new Set(), sight: null, lastDataMs: null, losses: 0, rotations: 0 };
    parts.links.set(name, state);
    return link({
      name,
      url: streamUrl(options.endpoints, market, pathClass),
      carriedBy: carriedBy(market, pathClass),
      read: parts.read,
      glance: parts.glance,
      names$: names$.pipe(
        tap((names) => {
          state.names = new Set(names);
        }),
      ),
      again$: parts.again$,
      messageGapMs: messageGapMs(market, options.messagesPerSecond),
      reconnectDelayMs: options.reconnectDelay,
      idleMs: options.idle,
      rotateAfterMs: options.rotateAfter,
      attempts: parts.attempts,
      state,
      complaints: parts.complaints,
      sockets: context.sockets,
      wireTime: context.wireTime,
      random: context.random,
    }).pipe(finalize(() => parts.links.delete(name)));
  });

const ofClass = <T>(parts: PoolParts<T>, pathClass: PathClass, names$: Observable<readonly string[]>): Observable<T> => {
  const { market, label, options } = parts;
  const prefix = [market, ...(pathClass === 'public' ? ['public'] : []), ...(label === '' ? [] : [label])].join(' ');
  return names$.pipe(
    scan((shards: readonly (readonly string[])[], names) => assign(shards, names, options.streamsPerSocket), []),
    connect(
      (shards$) =>
        shards$.pipe(
          concatMap((shards) => shards.keys()),
          distinct(),
          mergeMap((index) => {
            const mine$ = shards$.pipe(map((shards) => shards[index] ?? []));
            return mine$.pipe(
              map((names) => names.length > 0),
              distinctUntilChanged(),
              switchMap((isNeeded) => (isNeeded ? socket(parts, pathClass, `${prefix} ${index + 1}`, mine$) : EMPTY)),
            );
          }, LINKS_MAX),
        ),
      latest(),
    ),
  );
};

/**
 * Carries streams on as many sockets as they need: one class of path on a socket, for another would acknowledge and stay silent
 * (binance-protocol.md §2.3), and at most `streamsPerSocket` on each. Emits what is read on any of them.
 */
export const pool = <T>(parts: PoolParts<T>): Observable<T> =>
  parts.names$.pipe(
    connect(
      (names$) =>
        merge(
          ...PATH_CLASSES[parts.market].map((pathClass) =>
            ofClass(
              parts,
              pathClass,
              names$.pipe(map((names) => names.filter((name) => pathClassOf(parts.market, name) === pathClass))),
            ),
          ),
        ),
      latest(),
    ),
  );
