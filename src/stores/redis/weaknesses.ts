import type { RedisLink } from '../../ports/databases.js';
import { DatabaseError } from '../../ports/databases.js';
import { answer } from '../server/failure.js';

/** A setting of the server; `null` where it does not tell (a hosted Redis often has no CONFIG). */
const settingOf = async (link: RedisLink, name: string): Promise<string | null> => {
  try {
    const reply = await answer(link.command('CONFIG', 'GET', name));
    const value: unknown = Array.isArray(reply) ? reply[1] : null;
    return typeof value === 'string' ? value : null;
  } catch (error) {
    if (error instanceof DatabaseError && error.sent === 'answered') return null;
    throw error;
  }
};

/** What of the settings may lose what was acknowledged. */
export const redisWeaknesses = async (link: RedisLink): Promise<readonly string[]> => {
  const appendOnly = await settingOf(link, 'appendonly');
  const sync = await settingOf(link, 'appendfsync');
  const eviction = await settingOf(link, 'maxmemory-policy');
  return [
    appendOnly === 'no'
      ? 'appendonly is off: a crash of the server loses what was acknowledged, and alerts may be repeated; set appendonly yes and appendfsync always'
      : null,
    appendOnly === 'yes' && sync !== null && sync !== 'always'
      ? `appendfsync is ${sync}: a crash of the server may lose the last second, and alerts may be repeated; set appendfsync always`
      : null,
    eviction?.startsWith('allkeys') === true
      ? `maxmemory-policy is ${eviction}: a full server throws away what is remembered; set maxmemory-policy noeviction`
      : null,
  ].filter((sentence) => sentence !== null);
};
