import { complaintsAbout, isEmptyMessage } from './discord-form.js';
import type { Reply } from './discord-replies.js';
import { invalidForm, invalidFormOld, replies } from './discord-replies.js';
import type { SimulatedRequest } from './door.js';

/** What a request is about. */
export interface Route {
  readonly version: number | null;
  readonly webhookId: string;
  readonly token: string;
  readonly messageId: string | null;
  readonly query: URLSearchParams;
}

const ROUTE = /^\/api(?:\/v(\d+))?\/webhooks\/(\d+)\/([^/]+)(?:\/messages\/(\d+))?$/;

/** Reads a webhook's path; `null` when it is none. */
export const routeOf = (path: string): Route | null => {
  const [pathname = '', query = ''] = path.split('?', 2);
  const match = ROUTE.exec(pathname);
  if (match === null) return null;
  const [, version, webhookId = '', token = '', messageId] = match;
  return {
    version: version === undefined ? null : Number(version),
    webhookId,
    token,
    messageId: messageId ?? null,
    query: new URLSearchParams(query),
  };
};

/** Versions below 8, and the one that answers without a version, complain in the old style and wait in milliseconds. */
export const isOld = ({ version }: Route): boolean => version === null || version < 8;

const CONTENT_TYPES = /^application\/json\b/;
const BODY_BYTES_MAX = 25 * 1024 * 1024;

type Fields = Readonly<Record<string, unknown>>;

const parseObject = (text: string): Fields | null => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
};

/** The body's fields, laid over those of the message that is edited, or the refusal. */
export const readBody = (request: SimulatedRequest, route: Route, over: Fields = {}): { readonly fields: Fields } | Reply => {
  if (!CONTENT_TYPES.test(request.headers['content-type'] ?? '')) return replies.badContentType;
  if (Buffer.byteLength(request.body) > BODY_BYTES_MAX) return replies.tooLarge;
  const parsed = parseObject(request.body);
  if (parsed === null) return replies.notJson;
  const fields = { ...over, ...parsed };
  const complaints = complaintsAbout(fields);
  if (complaints.length > 0) return isOld(route) ? invalidFormOld(complaints) : invalidForm(complaints);
  return isEmptyMessage(fields) ? replies.emptyMessage : { fields };
};
