import { afterAll, beforeAll, describe } from 'vitest';
import { asyncScheduler, lastValueFrom, retry, throwError, timer } from 'rxjs';
import { Secret } from '../../src/model/secret.js';
import type { Fault } from '../../src/model/fault.js';
import type { Position, Store } from '../../src/ports/store.js';
import { StoreError } from '../../src/ports/store.js';
import { createDatabases } from '../../src/runtime/databases.js';
import { createMarketClock } from '../../src/runtime/market-clock.js';
import { postgres } from '../../src/stores/postgres.js';
import { redis } from '../../src/stores/redis.js';
import { recordedContext } from '../support/context.js';
import type { DatabaseServer } from '../support/servers.js';
import { HAS_POSTGRES, HAS_REDIS, startPostgres, startRedis } from '../support/servers.js';
import { storeContract } from './contract.js';
import { answer, contextOf, run } from './support.js';

export interface Replica {
  readonly store: Store;
  readonly faults: readonly Fault[];
}

export interface ServerUnderTest {
  readonly name: string;
  readonly isThere: boolean;
  readonly start: () => Promise<DatabaseServer>;
  /** Open time of the last judged bar, as the server has it; `null` before the first. */
  readonly judgedUpTo: (url: string, place: string) => Promise<number | null>;
  /** One more process on the same memory: `place` names it. */
  readonly replica: (url: string, place: string, more?: { readonly lease?: number; readonly deadline?: number }) => Replica;
}

/** Servers and a wire clock that runs; the market's clock is that of the store tests. */
const contextForServers = () =>
  recordedContext({
    databases: createDatabases(),
    marketTime: contextOf({} as never).marketTime,
    wireTime: createMarketClock(),
    random: Math.random,
  });

export const SERVERS: readonly ServerUnderTest[] = [
  {
    name: 'redis',
    isThere: HAS_REDIS,
    start: () => startRedis(),
    judgedUpTo: async (url, prefix) => {
      const link = createDatabases().redis({ url: new Secret(url), deadlineMs: 5_000 });
      const text = await answer(link.command('HGET', `{${prefix}}:positions`, 'usdm|1m'));
      await run(link.close());
      return text === null ? null : Number((JSON.parse(String(text)) as Position).openTimeMs);
    },
    replica: (url, prefix, { lease = 3_000, deadline = 2_000 } = {}) => {
      const { context, faults } = contextForServers();
      return { store: redis.create({ url: new Secret(url), prefix, lease, deadline }, context), faults };
    },
  },
  {
    name: 'postgres',
    isThere: HAS_POSTGRES,
    start: () => startPostgres(),
    judgedUpTo: async (url, schema) => {
      const link = createDatabases().postgres({ url: new Secret(url), deadlineMs: 5_000 });
      const [row] = await answer(link.query(`SELECT value->>'openTimeMs' AS ms FROM ${schema}.positions WHERE key = 'usdm|1m'`));
      await run(link.close());
      return row === undefined ? null : Number(row['ms']);
    },
    replica: (url, schema, { lease = 3_000, deadline = 2_000 } = {}) => {
      const { context, faults } = contextForServers();
      return { store: postgres.create({ url: new Secret(url), schema, lease, deadline }, context), faults };
    },
  },
];

/** Calls `tests` for every server, with one that runs and with places that nobody has used; without it they are left out, and it is said. */
export const onServers = (
  tests: (parts: {
    readonly under: ServerUnderTest;
    readonly server: () => DatabaseServer;
    readonly newPlace: () => string;
  }) => void,
  names: readonly string[] = SERVERS.map(({ name }) => name),
): void => {
  for (const under of SERVERS.filter(({ name }) => names.includes(name)))
    describe.skipIf(!under.isThere)(`on a real ${under.name} server`, { timeout: 60_000 }, () => {
      let server: DatabaseServer | undefined;
      let count = 0;
      beforeAll(async () => {
        server = await under.start();
      });
      afterAll(() => server?.close());
      tests({ under, server: () => server as DatabaseServer, newPlace: () => `place_${++count}` });
    });
};

/** The promises of every store, kept by a store on a server. */
export const serverContract = (name: string): void =>
  onServers(
    ({ under, server, newPlace }) => {
      let place = '';
      storeContract(name, {
        create: () => under.replica(server().url(), (place = newPlace())).store,
        again: () => under.replica(server().url(), place).store,
      });
    },
    [name],
  );

/** Real time passes. */
export const passes = (ms: number): Promise<void> => new Promise((resolve) => void asyncScheduler.schedule(() => resolve(), ms));

/** Asks again as the monitor does, until the store is there. */
export const insist = (step: ReturnType<Store['close']>): Promise<void> =>
  lastValueFrom(
    step.pipe(
      retry({
        count: 200,
        delay: (error: unknown) =>
          error instanceof StoreError && error.kind === 'unavailable' ? timer(20, asyncScheduler) : throwError(() => error),
      }),
    ),
    { defaultValue: undefined },
  );
