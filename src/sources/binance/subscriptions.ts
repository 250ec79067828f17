import { batches } from './streams.js';

/** A request that fails this often is cut in two, to find the name that spoils it. */
const TRIES_MAX = 3;
/** An answer that has not come within so many pulses does not come. */
const ANSWER_PULSES = 3;

/** One control message to be sent. */
export interface ControlMessage {
  readonly id: number;
  readonly method: 'SUBSCRIBE' | 'UNSUBSCRIBE';
  readonly names: readonly string[];
}

type Waiting = Omit<ControlMessage, 'id'> & { readonly tries: number };
type Asked = Waiting & { readonly atPulse: number };

/**
 * What a connection has to be told so that it carries the streams wanted, and what became of it (reliability.md F25, F26).
 * It is asked for one message at a time, and knows nothing of time but pulses: a process that was stopped for a minute has not
 * waited for an answer for a minute.
 */
export interface Subscriptions {
  /** The streams wanted from now on. */
  readonly want: (names: readonly string[]) => void;
  /** Gives these streams up and asks for them again; those that are not wanted are passed over. */
  readonly again: (names: readonly string[]) => void;
  /** An answer has come; `false` when it is to none of the requests: `id` is missing in some errors, which then count as no answer. */
  readonly answered: (id: number | null, error: string | null) => boolean;
  readonly pulse: () => void;
  /** The next message, or `null` when there is nothing to say. */
  readonly next: () => ControlMessage | null;
  /** Everything has been said and answered. */
  readonly isSettled: () => boolean;
  /** Nothing was ever answered, however often it was asked. */
  readonly isUnheard: () => boolean;
}

export interface SubscriptionParts {
  /** A request has failed: it was refused, or not answered. */
  readonly failed: (message: Omit<ControlMessage, 'id'>, why: string) => void;
  /** The one stream that the exchange will not carry. It is not asked for again on this connection. */
  readonly gaveUp: (name: string, why: string) => void;
}

export const createSubscriptions = ({ failed, gaveUp }: SubscriptionParts): Subscriptions => {
  let wanted: ReadonlySet<string> = new Set();
  const queue: Waiting[] = [];
  const asked = new Map<number, Asked>();
  let lastId = 0;
  let pulses = 0;
  let answers = 0;
  let isUnheard = false;

  const say = (method: ControlMessage['method'], names: readonly string[]): void => {
    for (const batch of batches(names)) queue.push({ method, names: batch, tries: 0 });
  };

  const fail = ({ method, names, tries }: Waiting, why: string): void => {
    failed({ method, names }, why);
    if (tries < TRIES_MAX) queue.push({ method, names, tries });
    else if (answers === 0) isUnheard = true;
    // A stream that is not given up goes on, and its bars are passed over; that is all.
    else if (method === 'UNSUBSCRIBE') return;
    else if (names.length === 1) gaveUp(names[0] as string, why);
    else {
      const half = Math.ceil(names.length / 2);
      for (const part of [names.slice(0, half), names.slice(half)]) {
        // Larger parts are tried once, so that the search is short; a single name is condemned only after all its tries.
        queue.push({ method, names: part, tries: part.length === 1 ? 0 : TRIES_MAX - 1 });
      }
    }
  };

  return {
    want: (names) => {
      const before = wanted;
      wanted = new Set(names);
      const now = wanted;
      say('UNSUBSCRIBE', [...before].filter((name) => !now.has(name))); // prettier-ignore
      say('SUBSCRIBE', names.filter((name) => !before.has(name))); // prettier-ignore
    },
    again: (names) => {
      const mine = names.filter((name) => wanted.has(name));
      say('UNSUBSCRIBE', mine);
      say('SUBSCRIBE', mine);
    },
    answered: (id, error) => {
      const request = id === null ? undefined : asked.get(id);
      if (id === null || request === undefined) return false;
      answers++;
      asked.delete(id);
      if (error !== null) fail(request, error);
      return true;
    },
    pulse: () => {
      pulses++;
      for (const [id, request] of asked) {
        if (pulses - request.atPulse < ANSWER_PULSES) continue;
        asked.delete(id);
        fail(request, 'no answer');
      }
    },
    next: () => {
      for (let waiting = queue.shift(); waiting !== undefined; waiting = queue.shift()) {
        const { method, tries } = waiting;
        // What was wanted when the request was made may have left since.
        const names = method === 'SUBSCRIBE' ? waiting.names.filter((name) => wanted.has(name)) : waiting.names;
        if (names.length === 0) continue;
        const id = ++lastId;
        asked.set(id, { method, names, tries: tries + 1, atPulse: pulses });
        return { id, method, names };
      }
      return null;
    },
    isSettled: () => queue.length === 0 && asked.size === 0,
    isUnheard: () => isUnheard,
  };
};
