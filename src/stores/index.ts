import { lowdb } from './lowdb.js';
import { memory } from './memory.js';

/** The stores a config may name. */
export const stores = [lowdb, memory] as const;
