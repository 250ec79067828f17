import type { PostgresLink, PostgresRow } from '../../ports/databases.js';
import { DatabaseError } from '../../ports/databases.js';
import type { StoreErrorKind } from '../../ports/store.js';
import { StoreError } from '../../ports/store.js';
import type { Backend, Mark } from '../server/backend.js';
import type { Holding, TableName } from '../server/changes.js';
import { TABLES } from '../server/changes.js';
import { answer, done, storeErrorOf } from '../server/failure.js';
import * as statements from './statements.js';

/** Version of the layout; data of a newer one are left alone. */
const VERSION = 1;
/** Values a page. */
const PAGE = 2_000;
/** There is no such table, or schema: nobody has ever opened the store. */
const MISSING: ReadonlySet<string> = new Set(['42P01', '3F000']);

const refusals = (code: string): StoreErrorKind | undefined => {
  if (code === '53100') return 'full';
  if (code === '25006' || code === '42501') return 'read-only';
  // What is there is not what we made: columns are missing, or of another type.
  return code === '42703' || code === '42804' ? 'corrupt' : undefined;
};

const isMissing = (error: unknown): boolean => error instanceof DatabaseError && MISSING.has(error.code);

/** A store's tables in a schema of PostgreSQL. */
export const createPostgresBackend = (link: PostgresLink, schema: string): Backend => {
  const place = `the PostgreSQL store "${schema}"`;
  const text = {
    acquire: statements.acquireText(schema),
    renew: statements.renewText(schema),
    release: statements.releaseText(schema),
    write: statements.writeText(schema),
    mark: statements.markText(schema),
  };
  let isMade = false;

  const asking = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw storeErrorOf(error, place, refusals);
    }
  };
  const query = (statement: string, values?: readonly unknown[]): Promise<readonly PostgresRow[]> =>
    answer(link.query(statement, values));
  const ask = (statement: string, values?: readonly unknown[]): Promise<readonly PostgresRow[]> =>
    asking(() => query(statement, values));

  /** What stands there; `null` when nothing does. */
  const look = async (): Promise<{ readonly mark: Mark; readonly version: number; readonly touchedAtMs: number } | null> => {
    const [row] = await query(text.mark).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    if (row === undefined) return null;
    const { epoch, owner, last, version, touched_at_ms: touchedAtMs } = row;
    return {
      mark: { epoch: Number(epoch), owner: String(owner), last: String(last) },
      version: Number(version),
      touchedAtMs: Number(touchedAtMs),
    };
  };

  const make = async (): Promise<void> => {
    const found = await asking(look);
    if (found !== null && found.version > VERSION)
      throw new StoreError(
        'newer',
        `${place} is of version ${found.version}, this program knows ${VERSION}: take the program that wrote it, or another schema`,
      );
    if (found === null) await ask(statements.schemaText(schema, VERSION));
    isMade = true;
  };

  const all = async (table: TableName): Promise<readonly unknown[]> => {
    const statement = statements.pageText(schema, table);
    const found: unknown[] = [];
    for (let after = '', isLast = false; !isLast;) {
      const page = await ask(statement, [after, PAGE]);
      for (const { value } of page) found.push(JSON.parse(String(value)));
      const last = page.at(-1)?.['key'];
      after = typeof last === 'string' ? last : '';
      isLast = page.length < PAGE;
    }
    return found;
  };

  return {
    place,
    acquire: async (owner, before, leaseMs) => {
      if (!isMade) await make();
      const [row] = await ask(text.acquire, [owner, before ?? owner, leaseMs]);
      return row === undefined ? null : { epoch: Number(row['epoch']), last: String(row['last']) };
    },
    renew: async (owner, leaseMs) => (await ask(text.renew, [owner, leaseMs])).length === 1,
    release: async (owner) => {
      await ask(text.release, [owner]);
    },
    write: async ({ mark, id, touchedAtMs, changes }) => {
      const values = TABLES.flatMap((table) => [
        [...changes[table].keys()],
        [...changes[table].values()].map((value) => (value === null ? null : JSON.stringify(value))),
      ]);
      const [row] = await ask(text.write, [mark.epoch, mark.owner, mark.last, id, touchedAtMs, ...values]);
      if (row?.['done'] === 1) return null;
      // Nothing was written; whoever has the epoch now can be asked for in peace.
      return (await asking(look))?.mark ?? { epoch: 0, owner: '', last: '' };
    },
    load: async (): Promise<Holding> => {
      const found = await asking(look);
      const values = {} as Record<TableName, readonly unknown[]>;
      for (const table of TABLES) values[table] = found === null ? [] : await all(table);
      return { touchedAtMs: found?.touchedAtMs ?? 0, values };
    },
    weaknesses: async () => {
      const [row] = await ask(
        `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages, current_setting('synchronous_commit') AS commit`,
      );
      return [
        row?.['fsync'] === 'off' ? 'fsync is off: a crash of the server may destroy everything; set fsync on' : null,
        row?.['pages'] === 'off' ? 'full_page_writes is off: a crash of the server may damage pages; set it on' : null,
        row?.['commit'] === 'off'
          ? 'synchronous_commit is off: a crash of the server may lose the last moments, and alerts may be repeated; set it on'
          : null,
      ].filter((sentence) => sentence !== null);
    },
    tryWriting: async () => {
      await ask(
        'CREATE TEMPORARY TABLE IF NOT EXISTS doctor_probe (written boolean); INSERT INTO doctor_probe VALUES (true); DROP TABLE doctor_probe',
      );
      const [row] = await ask(
        `SELECT pg_is_in_recovery() AS standby, CASE WHEN to_regnamespace($1) IS NULL THEN has_database_privilege(current_database(), 'CREATE') ELSE has_schema_privilege($1, 'CREATE, USAGE') END AS allowed`,
        [schema],
      );
      if (row?.['standby'] === true)
        throw new StoreError('read-only', `${place}: this server is a standby; give the address of the primary`);
      if (row?.['allowed'] !== true)
        throw new StoreError(
          'read-only',
          `${place}: this user may not make tables there; grant it CREATE on the database or the schema`,
        );
    },
    close: () => done(link.close()),
  };
};
