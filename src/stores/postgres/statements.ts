import { TABLES } from '../server/changes.js';

/*
 * Every write is one statement: it is done whole or not at all, and a process that is stopped in the middle of asking holds no lock
 * that others wait for. The name of a schema has been checked by its option and needs no quotes.
 */

/**
 * The lease is a row, and not an advisory lock: such a lock lives as long as its connection, so behind a broken line it would be held
 * for hours, and behind a pooler it would be somebody else's. The row ends by the server's clock. (The lock below lasts as long as
 * the making, which several replicas may begin at once.)
 */
export const schemaText = (schema: string, version: number): string => `
SELECT pg_advisory_xact_lock(hashtext('binance-momentum-monitor'));
CREATE SCHEMA IF NOT EXISTS ${schema};
CREATE TABLE IF NOT EXISTS ${schema}.mark (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version integer NOT NULL,
  epoch bigint NOT NULL DEFAULT 0,
  owner text NOT NULL DEFAULT '',
  last text NOT NULL DEFAULT '',
  touched_at_ms double precision NOT NULL DEFAULT 0,
  held_until timestamptz NOT NULL DEFAULT '-infinity'
);
${TABLES.map((table) => `CREATE TABLE IF NOT EXISTS ${schema}.${table} (key text PRIMARY KEY, value json NOT NULL);`).join('\n')}
INSERT INTO ${schema}.mark (version) VALUES (${version}) ON CONFLICT DO NOTHING;
`;

/** $1 owner, $2 owner before, $3 milliseconds */
export const acquireText = (schema: string): string => `
UPDATE ${schema}.mark SET owner = $1, epoch = epoch + 1, held_until = clock_timestamp() + $3 * interval '1 millisecond'
WHERE owner IN ($1, $2) OR held_until < clock_timestamp()
RETURNING epoch, last`;

/** A lease that has run out and that nobody has taken is still ours. $1 owner, $2 milliseconds */
export const renewText = (schema: string): string => `
UPDATE ${schema}.mark SET held_until = clock_timestamp() + $2 * interval '1 millisecond' WHERE owner = $1 RETURNING epoch`;

/** $1 owner */
export const releaseText = (schema: string): string => `UPDATE ${schema}.mark SET held_until = '-infinity' WHERE owner = $1`;

/** $1 epoch, $2 owner, $3 last, $4 name of this write, $5 touched; then keys and values of each table, `null`: the key goes. */
export const writeText = (schema: string): string => `
WITH held AS (
  UPDATE ${schema}.mark SET last = $4, touched_at_ms = $5
  WHERE epoch = $1 AND owner = $2 AND last = $3 RETURNING one
)${TABLES.map((table, i) => {
  const changed = `unnest($${6 + 2 * i}::text[], $${7 + 2 * i}::text[]) AS changed (key, value)`;
  return `, ${table}_gone AS (
  DELETE FROM ${schema}.${table} AS kept USING held, ${changed} WHERE changed.value IS NULL AND kept.key = changed.key
), ${table}_kept AS (
  INSERT INTO ${schema}.${table} (key, value)
  SELECT changed.key, changed.value::json FROM held, ${changed} WHERE changed.value IS NOT NULL
  ON CONFLICT (key) DO UPDATE SET value = excluded.value
)`;
}).join('')}
SELECT count(*)::integer AS done FROM held`;

export const markText = (schema: string): string => `SELECT version, epoch::text, owner, last, touched_at_ms FROM ${schema}.mark`;

/** $1 key before the page, $2 values of a page */
export const pageText = (schema: string, table: string): string =>
  `SELECT key, value::text FROM ${schema}.${table} WHERE key > $1 ORDER BY key LIMIT $2`;
