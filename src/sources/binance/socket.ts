import type { Observable } from 'rxjs';
import { EMPTY, catchError, defer, switchMap, throwError } from 'rxjs';
import type { Line } from '../../operators/connection/handover.js';
import { handover } from '../../operators/connection/handover.js';
import { EndedError, reconnect } from '../../operators/connection/reconnect.js';
import type { Loss } from '../../operators/connection/reconnect.js';
import { SilenceError } from '../../operators/connection/watchdog.js';
import type { Attempts } from './attempts.js';
import { LinkError } from './link-error.js';
import type { SessionParts } from './session.js';
import { session } from './session.js';
import type { Sight } from './sight.js';

const PAUSE_MS_MAX = 60_000;
/** Pauses begin small again after data has flowed for this long. */
const STEADY_MS = 30_000;
/** The old connection is listened to for so long after the new one carries everything. */
const LINGER_MS = 2_000;
/** Planned changes are spread over this part of the age, half of it before and half after: half an hour of 23 hours. */
const AGE_SPREAD = 0.5 / 23;
/** A server that cannot prove who it is for this long needs a person (reliability.md F29). */
const INSECURE_MS_MAX = 600_000;

export interface LinkParts<T> extends Omit<SessionParts<T>, 'line' | 'ageMsMax' | 'opened'> {
  readonly reconnectDelayMs: number;
  /** Wire milliseconds after which a connection is replaced, before the exchange ends it at 24 hours. */
  readonly rotateAfterMs: number;
  readonly random: () => number;
  readonly attempts: Attempts;
}

const isLoss = (error: unknown): boolean =>
  error instanceof LinkError || error instanceof SilenceError || error instanceof EndedError;

const described = (error: unknown): Pick<LinkError, 'kind' | 'detail'> => {
  if (error instanceof LinkError) return error;
  if (error instanceof SilenceError) return { kind: 'feed-silent', detail: `no answer for ${error.idleMs / 1_000} s` };
  return { kind: 'feed-lost', detail: 'the connection ended' };
};

/** One connection after another, each when the last is lost, with growing random pauses; over when it is lost after another took its place. */
const onward = <T>(parts: LinkParts<T>, line: Line): Observable<T> => {
  const { name, complaints, state, attempts, wireTime, random } = parts;
  let insecureSinceMs: number | null = null;
  let sight: Sight | null = null;

  const tell = (kind: LinkError['kind'], detail: string, what: string): void =>
    complaints.tell(`link ${name}`, detail, { kind, detail: `${name}: ${detail}; ${what}` });

  const lost = ({ error, attempt, pauseMs }: Loss): void => {
    const { kind, detail } = described(error);
    state.losses++;
    if (error instanceof LinkError && error.pauseMsMin > 0) attempts.hold(error.pauseMsMin);
    insecureSinceMs = kind === 'feed-insecure' ? (insecureSinceMs ?? wireTime.now()) : null;
    // A loss after a steady time is news even if the last one was of the same kind.
    if (attempt === 1) complaints.over(`link ${name}`);
    const again = `trying again in ${(pauseMs / 1_000).toFixed(1)} s`;
    if (insecureSinceMs !== null && wireTime.now() - insecureSinceMs >= INSECURE_MS_MAX)
      tell('feed-refused', `${detail}, for ${INSECURE_MS_MAX / 60_000} minutes now`, again);
    else tell(kind, detail, again);
  };

  return defer(() => {
    sight = null;
    return attempts.turn();
  }).pipe(
    switchMap(() =>
      session({
        ...parts,
        line,
        ageMsMax: parts.rotateAfterMs * (1 + (random() - 0.5) * 2 * AGE_SPREAD),
        opened: (opened) => {
          sight = opened;
        },
      }),
    ),
    reconnect(
      {
        pauseMsInitial: parts.reconnectDelayMs,
        pauseMsMax: PAUSE_MS_MAX,
        steadyMs: STEADY_MS,
        random,
        pauseMsMin: (error) => (error instanceof LinkError ? error.pauseMsMin : 0),
        isLoss: (error) => isLoss(error) && !line.isReplaced(),
        flowedMs: () => (sight === null ? 0 : (sight.lastDataMs() ?? 0) - (sight.firstDataMs() ?? 0)),
        lost,
      },
      wireTime,
    ),
    catchError((error: unknown) => {
      if (!isLoss(error)) return throwError(() => error);
      const { kind, detail } = described(error);
      tell(kind, detail, 'another connection was about to take over');
      return EMPTY;
    }),
  );
};

/**
 * One socket for ever: connects in its turn, subscribes, emits what is read on it, and comes back after every loss. A connection
 * that will not last (its age, an announced shutdown) is kept until another beside it carries everything (reliability.md F4,
 * F5): what comes on both comes twice, and nothing is missed. What a loss has cost is not its business: the next bar or the
 * announcement of the close reveals the hole.
 */
export const link = <T>(parts: LinkParts<T>): Observable<T> =>
  handover((line) => onward(parts, line), { lingerMs: LINGER_MS }, parts.wireTime);
