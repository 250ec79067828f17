import { Redis } from 'ioredis';
import { defer, EMPTY, from } from 'rxjs';
import type { DatabaseAddress, RedisLink, RedisReply } from '../ports/databases.js';
import { DatabaseError } from '../ports/databases.js';
import { createLink, lostLink } from './database-link.js';

/** `OOM command not allowed when used memory > 'maxmemory'.` The first word is the code. */
const refusal = (error: unknown): DatabaseError | null => {
  if (error instanceof DatabaseError) return error.sent === 'answered' ? error : null;
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null;
  const [code = 'ERR'] = error.message.split(' ', 1);
  return new DatabaseError('answered', code, error.message.slice(0, 200));
};

/**
 * The Redis half of the `databases` port over ioredis. All that ioredis does by itself is switched off: it neither connects nor
 * queues nor sends again what was not answered, because only the store knows what may be sent twice.
 */
export const openRedis = ({ url, deadlineMs }: DatabaseAddress): RedisLink => {
  const link = createLink<Redis>({
    deadlineMs,
    connect: (gone) => {
      const client = new Redis(url.reveal(), {
        lazyConnect: true,
        retryStrategy: () => null,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
        enableReadyCheck: false,
        disableClientInfo: true,
        connectTimeout: deadlineMs,
        protocol: 2,
      });
      let cause: unknown = null;
      // Without a listener it would be printed, with the address.
      client.on('error', (error: unknown) => (cause ??= error));
      client.on('end', gone);
      const ready = client.connect().then(
        () => {
          // A password that is refused comes as an event, and the connection stays.
          if (cause !== null) throw refusal(cause) ?? lostLink(cause, 'no');
        },
        (error: unknown) => {
          throw refusal(cause ?? error) ?? lostLink(cause ?? error, 'no');
        },
      );
      return { client, ready };
    },
    drop: (client) => client.disconnect(),
    refusal,
  });
  return {
    command: (name, ...args) => defer(() => from(link.use((client) => client.call(name, ...args) as Promise<RedisReply>))),
    close: () =>
      defer(() => {
        link.close();
        return EMPTY;
      }),
  };
};
