import { lowdb } from './lowdb.js';
import { memory } from './memory.js';
import { postgres } from './postgres.js';
import { redis } from './redis.js';

/** The stores a config may name. */
export const stores = [lowdb, memory, redis, postgres] as const;
