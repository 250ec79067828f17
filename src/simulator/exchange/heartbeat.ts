import type { SchedulerLike } from 'rxjs';
import { Subscription } from 'rxjs';

export interface HeartbeatParts {
  readonly wireTime: SchedulerLike;
  readonly pingEveryMs: number;
  readonly pongWithinMs: number;
  /** The payload of the ping that is sent now. */
  readonly payload: () => string;
  readonly ping: (payload: string) => void;
  /** A ping has stayed without its pong for too long. */
  readonly lost: () => void;
}

/**
 * Pings of the server, and the watch over their pongs: only one that copies the payload of a ping counts, and it answers that
 * ping and all before it. An unsolicited pong keeps nothing alive (binance-protocol.md §6.1).
 */
export const createHeartbeat = ({ wireTime, pingEveryMs, pongWithinMs, payload, ping, lost }: HeartbeatParts) => {
  let waiting: readonly { readonly payload: string; readonly sentMs: number }[] = [];
  let deadline = Subscription.EMPTY;
  const watch = (): void => {
    deadline.unsubscribe();
    const [oldest] = waiting;
    if (oldest !== undefined) deadline = wireTime.schedule(lost, oldest.sentMs + pongWithinMs - wireTime.now());
  };
  const pings = wireTime.schedule(function () {
    const sent = { payload: payload(), sentMs: wireTime.now() };
    waiting = [...waiting, sent];
    if (waiting.length === 1) watch();
    ping(sent.payload);
    this.schedule(undefined, pingEveryMs);
  }, pingEveryMs);
  return {
    pong: (text: string): void => {
      const answered = waiting.findIndex((sent) => sent.payload === text);
      if (answered < 0) return;
      waiting = waiting.slice(answered + 1);
      watch();
    },
    stop: (): void => {
      pings.unsubscribe();
      deadline.unsubscribe();
    },
  };
};
