import pg from 'pg';
import { defer, EMPTY, from } from 'rxjs';
import type { DatabaseAddress, PostgresLink, PostgresRow } from '../ports/databases.js';
import { DatabaseError } from '../ports/databases.js';
import { createLink } from './database-link.js';

/** Texts of these may quote the address (class 28: who may log in, 3D000: which database). */
const ADDRESS_CODES = /^(?:28|3D)/;

/** The connection ends with these: the server goes down, or has crashed. Whether it had done what was asked, they do not say. */
const ENDING_CODES = /^(?:57P0[12]|08)/;

/** An error of the server has its five characters. */
const refusal = (error: unknown): DatabaseError | null => {
  if (error instanceof DatabaseError) return error.sent === 'answered' ? error : null;
  if (!(error instanceof pg.DatabaseError)) return null;
  const { code = 'XX000', message } = error;
  if (ENDING_CODES.test(code)) return null;
  const words = ADDRESS_CODES.test(code) ? 'the server does not let us in with this user, password and database' : message;
  return new DatabaseError('answered', code, `${words.slice(0, 200)} (${code})`);
};

/**
 * The PostgreSQL half of the `databases` port over pg. `synchronous_commit` is switched on where the server has it off: what is
 * acknowledged is to survive a crash.
 */
export const openPostgres = ({ url, deadlineMs }: DatabaseAddress): PostgresLink => {
  const link = createLink<pg.Client>({
    deadlineMs,
    connect: (gone) => {
      const client = new pg.Client({
        connectionString: url.reveal(),
        application_name: 'binance-momentum-monitor',
        keepAlive: true,
      });
      // Without a listener it would end the process.
      client.on('error', gone);
      client.on('end', gone);
      const ready = client
        .connect()
        .then(() =>
          client.query(
            `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')`,
          ),
        );
      return { client, ready };
    },
    drop: (client) => {
      client.connection.stream.destroy();
      client.end().catch(() => undefined);
    },
    refusal,
  });
  const ask = async (text: string, values?: readonly unknown[]): Promise<readonly PostgresRow[]> => {
    const result = await link.use((client) => client.query<PostgresRow>(text, values === undefined ? undefined : [...values]));
    // Several statements give a list of results.
    const last = Array.isArray(result) ? (result as readonly pg.QueryResult<PostgresRow>[]).at(-1) : result;
    return last?.rows ?? [];
  };
  return {
    query: (text, values) => defer(() => from(ask(text, values))),
    close: () =>
      defer(() => {
        link.close();
        return EMPTY;
      }),
  };
};
