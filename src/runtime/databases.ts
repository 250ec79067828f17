import type { Databases } from '../ports/databases.js';
import { openPostgres } from './postgres.js';
import { openRedis } from './redis.js';

/** The `databases` port over the real clients. Nothing connects before it is asked. */
export const createDatabases = (): Databases => ({ redis: openRedis, postgres: openPostgres });
