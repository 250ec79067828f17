import type { Observable } from 'rxjs';
import type { RedisLink, RedisReply } from '../../ports/databases.js';
import type { StoreErrorKind } from '../../ports/store.js';
import { StoreError } from '../../ports/store.js';
import type { Backend, Write } from '../server/backend.js';
import type { Holding, TableName } from '../server/changes.js';
import { TABLES } from '../server/changes.js';
import { answer, done, storeErrorOf } from '../server/failure.js';
import { ACQUIRE, RELEASE, RENEW, WRITE } from './scripts.js';
import { redisWeaknesses } from './weaknesses.js';

/** Version of the layout; data of a newer one are left alone. */
const VERSION = 1;
/** Values a page. */
const PAGE = 1_000;

const REFUSALS: Readonly<Record<string, StoreErrorKind>> = {
  OOM: 'full',
  READONLY: 'read-only',
  NOPERM: 'read-only',
  WRONGTYPE: 'corrupt',
};
const redisRefusals = (code: string): StoreErrorKind | undefined => REFUSALS[code];

const parsed = (text: RedisReply, place: string): unknown => {
  try {
    return JSON.parse(String(text));
  } catch {
    throw new StoreError('corrupt', `${place}: a value is no JSON; restore a backup, or empty it`);
  }
};

const listOf = (reply: RedisReply): readonly RedisReply[] => (Array.isArray(reply) ? (reply as readonly RedisReply[]) : []);

/** A store's tables as hashes of Redis, under keys that begin alike; the braces keep them together in a cluster. */
export const createRedisBackend = (link: RedisLink, prefix: string): Backend => {
  const place = `the Redis store "${prefix}"`;
  const keyOf = (name: string): string => `{${prefix}}:${name}`;
  const [mark, lease] = [keyOf('mark'), keyOf('lease')];
  const tables = TABLES.map(keyOf);

  const asking = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw storeErrorOf(error, place, redisRefusals);
    }
  };
  const ask = <T>(question: Observable<T>): Promise<T> => asking(() => answer(question));
  const run = (script: string, keys: readonly string[], ...values: readonly (string | number)[]): Promise<RedisReply> =>
    ask(link.command('EVAL', script, keys.length, ...keys, ...values));

  const flat = ({ changes }: Write): (string | number)[] => {
    const values: (string | number)[] = [];
    TABLES.forEach((table, i) => {
      // The mark is the first key.
      for (const [key, value] of changes[table]) values.push(i + 2, key, value === null ? '' : JSON.stringify(value));
    });
    return values;
  };

  const all = async (key: string): Promise<readonly unknown[]> => {
    const found = new Map<string, unknown>();
    let cursor = '0';
    do {
      const [next, page] = listOf(await ask(link.command('HSCAN', key, cursor, 'COUNT', PAGE)));
      const cells = listOf(page ?? null);
      // A page may tell again what an earlier one has told.
      for (let i = 0; i + 1 < cells.length; i += 2) found.set(String(cells[i]), parsed(cells[i + 1] ?? null, place));
      cursor = String(next);
    } while (cursor !== '0');
    return [...found.values()];
  };

  return {
    place,
    acquire: async (owner, before, leaseMs) => {
      const [kind, first, last] = listOf(await run(ACQUIRE, [mark, lease], owner, before ?? '', Math.round(leaseMs), VERSION));
      if (kind === 'newer')
        throw new StoreError(
          'newer',
          `${place} is of version ${String(first)}, this program knows ${VERSION}: take the program that wrote it, or another prefix`,
        );
      return kind === 'held' ? { epoch: Number(first), last: String(last) } : null;
    },
    renew: async (owner, leaseMs) => (await run(RENEW, [mark, lease], owner, Math.round(leaseMs))) === 1,
    release: async (owner) => {
      await run(RELEASE, [lease], owner);
    },
    write: async (write) => {
      const { epoch, owner, last } = write.mark;
      const found = listOf(await run(WRITE, [mark, ...tables], epoch, owner, last, write.id, write.touchedAtMs, ...flat(write)));
      if (found.length === 0) return null;
      return { epoch: Number(found[0]), owner: String(found[1]), last: String(found[2]) };
    },
    load: async (): Promise<Holding> => {
      const touched = await ask(link.command('HGET', mark, 'touched'));
      const values = {} as Record<TableName, readonly unknown[]>;
      for (const table of TABLES) values[table] = await all(keyOf(table));
      return { touchedAtMs: Number(touched ?? 0), values };
    },
    weaknesses: () => asking(() => redisWeaknesses(link)),
    tryWriting: async () => {
      const probe = keyOf('probe');
      await ask(link.command('SET', probe, 'written by doctor, which removes it at once', 'PX', 10_000));
      await ask(link.command('DEL', probe));
    },
    close: () => done(link.close()),
  };
};
