import type { Observable } from 'rxjs';
import { defer, filter, switchMap } from 'rxjs';
import type { Fault } from '../../model/fault.js';
import { EndedError, reconnect } from '../../operators/connection/reconnect.js';
import { SilenceError, watchdog } from '../../operators/connection/watchdog.js';
import type { WireKline } from './kline.js';
import type { SessionParts } from './session.js';
import { LinkError, session } from './session.js';

const PAUSE_MS_MAX = 60_000;
/** Pauses begin small again after data has flowed for this long. */
const STEADY_MS = 30_000;

export interface LinkParts extends SessionParts {
  readonly reconnectDelayMs: number;
  readonly random: () => number;
  /** Emits once when it is this connection's turn to be attempted. */
  readonly turn: () => Observable<unknown>;
}

const described = (error: unknown): { readonly kind: Fault['kind']; readonly detail: string } => {
  if (error instanceof LinkError) return error;
  if (error instanceof SilenceError) return { kind: 'feed-silent', detail: `no frame for ${error.idleMs / 1_000} s` };
  return { kind: 'feed-lost', detail: 'the connection ended' };
};

/**
 * One socket for ever: connects in its turn, subscribes, emits the closed bars as they come off the wire, and comes back after
 * every loss with growing random pauses. What it missed meanwhile is not its business: the next bar or the announcement of
 * the close reveals the hole.
 */
export const link = (parts: LinkParts): Observable<WireKline> => {
  const { name, complaints, idleMs, wireTime, random } = parts;
  return defer(() => parts.turn()).pipe(
    switchMap(() => session(parts).pipe(watchdog({ idleMs }, wireTime))),
    reconnect(
      {
        pauseMsInitial: parts.reconnectDelayMs,
        pauseMsMax: PAUSE_MS_MAX,
        steadyMs: STEADY_MS,
        random,
        pauseMsMin: (error) => (error instanceof LinkError ? error.pauseMsMin : 0),
        isLoss: (error) => error instanceof LinkError || error instanceof SilenceError || error instanceof EndedError,
        lost: ({ error, attempt, pauseMs }) => {
          const { kind, detail } = described(error);
          // A loss after a steady time is news even if the last one was of the same kind.
          if (attempt === 1) complaints.over(`link ${name}`);
          const again = `trying again in ${(pauseMs / 1_000).toFixed(1)} s`;
          complaints.tell(`link ${name}`, detail, { kind, detail: `${name}: ${detail}; ${again}` });
        },
      },
      wireTime,
    ),
    filter((bar) => bar !== null),
  );
};
