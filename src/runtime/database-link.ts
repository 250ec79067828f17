import { DatabaseError } from '../ports/databases.js';

/** Our words for what the platform says: its own texts hold addresses, which must not reach a log. */
const CAUSES: Readonly<Record<string, readonly [code: string, detail: string]>> = {
  ECONNREFUSED: ['refused', 'connection refused'],
  ENOTFOUND: ['dns', 'name not found'],
  EAI_AGAIN: ['dns', 'name service out of reach'],
  EHOSTUNREACH: ['unreachable', 'host unreachable'],
  ENETUNREACH: ['unreachable', 'network unreachable'],
  ETIMEDOUT: ['deadline', 'timed out'],
  ECONNRESET: ['reset', 'connection reset'],
  EPIPE: ['reset', 'connection closed while sending'],
};

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/** What a failure that is no answer of the server means. */
export const lostLink = (error: unknown, sent: 'no' | 'maybe'): DatabaseError => {
  if (error instanceof DatabaseError) return error;
  const code = codeOf(error);
  const known = CAUSES[code];
  if (known !== undefined) return new DatabaseError(sent, known[0], known[1]);
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_)/.test(code))
    return new DatabaseError(sent, 'tls', `TLS refused (${code})`);
  return new DatabaseError(sent, 'reset', code === '' ? 'connection lost' : `connection lost (${code})`);
};

export interface LinkOptions<Client> {
  readonly deadlineMs: number;
  /** Makes a connection; `gone` is to be called when it has ended, with the reason if there is one. */
  readonly connect: (gone: () => void) => { readonly client: Client; readonly ready: Promise<unknown> };
  /** Cuts it at once. */
  readonly drop: (client: Client) => void;
  /** The server's refusal, where an error is one. */
  readonly refusal: (error: unknown) => DatabaseError | null;
}

export interface Link<Client> {
  use<T>(ask: (client: Client) => Promise<T>): Promise<T>;
  close(): void;
}

/** Work with a deadline; what comes later is nobody's. */
const within = <T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> =>
  new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(late()), ms);
    work.then(resolve, reject).finally(() => clearTimeout(deadline));
  });

/**
 * One connection that is made on demand. Whatever misses its deadline takes the connection with it: the answers of a link that
 * hangs cannot be told from silence.
 */
export const createLink = <Client>({ deadlineMs, connect, drop, refusal }: LinkOptions<Client>): Link<Client> => {
  let current: { readonly client: Client; readonly ready: Promise<unknown> } | null = null;

  const forget = (client: Client): void => {
    if (current?.client === client) current = null;
  };
  const connected = async (): Promise<Client> => {
    if (current === null) {
      try {
        const made = connect(() => forget(made.client));
        made.ready.catch(() => undefined);
        current = made;
      } catch (error) {
        throw lostLink(error, 'no');
      }
    }
    const { client, ready } = current;
    try {
      await within(ready, deadlineMs, () => new DatabaseError('no', 'deadline', `no connection within ${deadlineMs} ms`));
      return client;
    } catch (error) {
      forget(client);
      drop(client);
      throw refusal(error) ?? lostLink(error, 'no');
    }
  };

  return {
    use: async (ask) => {
      const client = await connected();
      try {
        return await within(
          ask(client),
          deadlineMs,
          () => new DatabaseError('maybe', 'deadline', `no answer within ${deadlineMs} ms`),
        );
      } catch (error) {
        const refused = refusal(error);
        if (refused !== null) throw refused;
        forget(client);
        drop(client);
        throw lostLink(error, 'maybe');
      }
    },
    close: () => {
      const open = current;
      current = null;
      if (open !== null) drop(open.client);
    },
  };
};
