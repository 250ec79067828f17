import type { Observable } from 'rxjs';
import { ReplaySubject, defer, endWith, filter, map, merge, switchMap, take, timer } from 'rxjs';
import type { Check } from '../../../ports/check.js';
import { failed, fine, skipped } from '../../../ports/check.js';
import type { SocketEvent } from '../../../ports/socket.js';
import type { PathClass } from '../endpoints.js';
import { PATH_CLASSES, carriedBy, hostOf, streamUrl } from '../endpoints.js';
import { controlText, streamName } from '../streams.js';
import type { ProbeParts } from './ask.js';

const HANDSHAKE_MS = 8_000;
/** So long after the subscription a frame is waited for; on a path that nothing depends on not quite so long. */
const FRAME_MS_MAX = 10_000;
const IDLE_FRAME_MS_MAX = 3_000;
const FRAME_BYTES_MAX = 1_048_576;

/** What a path is tried with. */
interface Trial {
  readonly pathClass: PathClass;
  readonly stream: string;
  /** Whether the monitor itself needs this path. */
  readonly isNeeded: boolean;
}

const trialOf = ({ options }: ProbeParts, pathClass: PathClass, symbol: string): Trial => {
  const bars = streamName(symbol, options.interval);
  return pathClass === 'public'
    ? { pathClass, stream: bars.replace(/@.*$/, '@bookTicker'), isNeeded: false }
    : { pathClass, stream: bars, isNeeded: true };
};

/** The stream a frame belongs to; an acknowledgement belongs to none, and proves nothing (binance-protocol.md §1.2). */
const streamOf = (frame: Buffer): string | null => {
  try {
    const { stream, data } = JSON.parse(frame.toString('utf8')) as { stream?: unknown; data?: unknown };
    return typeof stream === 'string' && typeof data === 'object' ? stream : null;
  } catch {
    // What cannot be read is not what was asked for.
    return null;
  }
};

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const tryPath = ({ market, options, context }: ProbeParts, { pathClass, stream, isNeeded }: Trial): Observable<Check> =>
  defer(() => {
    const { sockets, wireTime } = context;
    const url = streamUrl(options.endpoints, market, pathClass);
    const name = `stream ${new URL(url).pathname.replace(/.stream$/, '') || '/'}`;
    const startedMs = wireTime.now();
    const opened$ = new ReplaySubject<void>(1);
    let isOpen = false;

    const bad = (detail: string, cure: string): Check =>
      isNeeded ? failed(name, detail, cure) : skipped(name, `${detail} (nothing depends on it)`);
    const judge = (event: SocketEvent): Check | null => {
      if (event.kind === 'open') {
        isOpen = true;
        opened$.next();
      }
      if (event.kind === 'frame' && streamOf(event.data) === stream)
        return fine(name, `first frame of ${stream} after ${seconds(wireTime.now() - startedMs)}`);
      if (event.kind === 'refused')
        return bad(
          `${hostOf(url)} answered ${event.status} instead of opening`,
          'see the checks above; 451 and 403 mean this address',
        );
      if (event.kind === 'closed' && !isOpen)
        return bad(
          `cannot open ${hostOf(url)} (${event.reason || event.code})`,
          `look at the network, and at source.endpoints.${market}.ws`,
        );
      if (event.kind === 'closed') return bad(`closed before a frame came (${event.code})`, 'try again');
      return null;
    };

    const event$ = sockets.open({
      url,
      handshakeMs: HANDSHAKE_MS,
      frameBytesMax: FRAME_BYTES_MAX,
      command$: opened$.pipe(
        take(1),
        map(() => ({ kind: 'send' as const, text: controlText('SUBSCRIBE', [stream], 1) })),
      ),
    });
    const waitMs = isNeeded ? FRAME_MS_MAX : IDLE_FRAME_MS_MAX;
    const silence$ = opened$.pipe(
      switchMap(() => timer(waitMs, wireTime)),
      map(() => bad(`open, and not one frame of ${stream} within ${seconds(waitMs)}`, carriedBy(market, pathClass))),
    );
    return merge(
      event$.pipe(
        map(judge),
        filter((check) => check !== null),
        endWith(bad('ended without a word', 'try again')),
      ),
      silence$,
    ).pipe(take(1));
  });

/** Whether each path of the market's streams delivers what was asked for. All are tried at once; each within seconds. */
export const probeStreams = (parts: ProbeParts, symbol: string): Observable<Check> =>
  merge(...PATH_CLASSES[parts.market].map((pathClass) => tryPath(parts, trialOf(parts, pathClass, symbol))));
