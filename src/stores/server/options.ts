import { durationMs } from '../../ports/settings.js';
import type { Context } from '../../ports/context.js';
import type { Databases } from '../../ports/databases.js';

/** Below this a busy moment of the machine would cost the lease. */
const LEASE_MS_MIN = 3_000;

export const leaseOption = durationMs
  .refine((ms) => ms >= LEASE_MS_MIN, { error: 'at least 3s' })
  .prefault('30s')
  .describe(
    'A replica that is not heard of for so long is replaced by another. Two thirds of it must be more than the deadline of any sink and two seconds.',
  );

export const deadlineOption = durationMs.prefault('5s').describe('How long the server may take for one answer.');

/** Whether a text is an address of one of these kinds, with a host. */
export const isAddress = (text: string, protocols: readonly string[]): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocols.includes(protocol) && hostname !== '';
};

export const databasesOf = ({ databases }: Context): Databases => {
  if (databases === undefined) throw new TypeError('this store needs database servers, and there are none here');
  return databases;
};
