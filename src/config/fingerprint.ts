import { scryptSync } from 'node:crypto';
import { Secret } from '../model/secret.js';

const BYTES = 16;

const revealed = (value: unknown): unknown => {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([key, each]) => [key, revealed(each)]);
};

/**
 * A text that is another one whenever these options are others, secrets included, and from which nobody learns them: it is kept in
 * the store, so it is made in a way that is too slow for guessing short ones. Takes some 50 ms.
 */
export const fingerprintOf = (type: string, options: Readonly<Record<string, unknown>>): string =>
  scryptSync(JSON.stringify(revealed(options)), type, BYTES).toString('base64url');
