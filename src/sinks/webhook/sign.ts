import { createHmac } from 'node:crypto';
import { Secret } from '../../model/secret.js';

/*
 * Standard Webhooks 1.0.0 (https://www.standardwebhooks.com): what a receiver needs to know who sent it, when, and whether it has
 * had it before.
 */

const PREFIX = 'whsec_';
const KEY_BYTES_MIN = 24;
const KEY_BYTES_MAX = 64;

/** What a secret looks like, for error texts. */
export const SECRET_SHAPE = 'whsec_ and 24 to 64 random bytes in base64, such as `openssl rand -base64 32` gives';

/** The key in a secret, as base64 again because a `Secret` holds text; `null` when it is no such secret. */
export const keyOf = (secret: Secret): Secret | null => {
  const text = secret.reveal().trim();
  const coded = text.slice(PREFIX.length);
  if (!text.startsWith(PREFIX) || !/^[A-Za-z0-9+/]+={0,2}$/.test(coded)) return null;
  const { length } = Buffer.from(coded, 'base64');
  return length >= KEY_BYTES_MIN && length <= KEY_BYTES_MAX ? new Secret(coded) : null;
};

/** `v1,…` for each key, the newest first: while keys are changed a receiver may hold either. */
export const signatureOf = (keys: readonly Secret[], id: string, atSeconds: number, body: string): string =>
  keys
    .map((key) => {
      const hmac = createHmac('sha256', Buffer.from(key.reveal(), 'base64'));
      return `v1,${hmac.update(`${id}.${atSeconds}.${body}`).digest('base64')}`;
    })
    .join(' ');
