import type { HttpResponse } from '../../ports/http.js';
import type { Failure } from '../../ports/sink.js';
import { cutTo, plain } from '../words/plain.js';

/** What an answer of Discord means for the alert it was given for. `odd` is a sentence about what was not as documented. */
export type Answer =
  | { readonly kind: 'accepted'; readonly messageId: string | null; readonly odd: string | null }
  /** The one refusal that a second try without the name mends. */
  | { readonly kind: 'name-refused'; readonly detail: string }
  /** Refused before saving. `banned` is Cloudflare's doing and concerns the whole host; then `waitMs` may be unknown. */
  | {
      readonly kind: 'limited';
      readonly scope: 'webhook' | 'global' | 'banned';
      readonly waitMs: number | null;
      readonly odd: string | null;
    }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly detail: string;
      /** Only for `unknown`: a gateway gave up waiting, so the message may well have been saved. */
      readonly strong: boolean;
    };

/** A waiting time from outside, made safe. */
interface Wait {
  readonly ms: number;
  readonly odd: string | null;
}

/** Nobody is believed who says to wait longer (discord-protocol.md §7.4). */
const WAIT_MS_MAX = 3_600_000;
/** Instead of a negative, missing or unreadable wait. */
const WAIT_MS_UNREADABLE = 5_000;

/** Seconds as Discord tells them, decimals included; an hour at most, five seconds where they make no sense. */
export const readWait = (seconds: unknown): Wait => {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0)
    return { ms: WAIT_MS_UNREADABLE, odd: 'Discord names a waiting time that is none; waiting 5 s' };
  const ms = Math.ceil(seconds * 1000);
  return ms <= WAIT_MS_MAX
    ? { ms, odd: null }
    : { ms: WAIT_MS_MAX, odd: `Discord names a waiting time of ${seconds} s; waiting 1 h` };
};

type Fields = Readonly<Record<string, unknown>>;

/** The answer's JSON object, or `null`: HTML pages, plain text and empty bodies are all to be expected. */
const readObject = (body: string): Fields | null => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
};

const DETAIL_CODE_POINTS_MAX = 200;
const DEPTH_MAX = 12;

/** The first complaint of an `errors` tree with the way to it: `embeds.0.description: BASE_TYPE_MAX_LENGTH: Must be …`. */
const firstComplaint = (node: unknown, path: readonly string[]): string | null => {
  if (typeof node !== 'object' || node === null || path.length > DEPTH_MAX) return null;
  const { _errors: complaints } = node as Fields;
  if (Array.isArray(complaints)) {
    const { code, message } = (complaints[0] ?? {}) as Fields;
    return `${path.join('.')}: ${[code, message].filter((part) => typeof part === 'string').join(': ')}`;
  }
  for (const [key, child] of Object.entries(node)) {
    const found = firstComplaint(child, [...path, key]);
    if (found !== null) return found;
  }
  return null;
};

/** The name of the first field in the shape that the oldest API answers with: `{"embeds": ["0"]}`. */
const oldStyleComplaint = (fields: Fields): string | null => {
  const [entry] = Object.entries(fields).filter(([, value]) => Array.isArray(value));
  return entry === undefined
    ? null
    : `${entry[0]}: ${(entry[1] as unknown[]).filter((part) => typeof part === 'string').join(' ')}`;
};

const textOf = (fields: Fields | null): string => {
  if (fields === null) return 'no explanation';
  const complaint = firstComplaint(fields['errors'], []) ?? oldStyleComplaint(fields);
  const said = typeof fields['message'] === 'string' ? fields['message'] : null;
  const code = typeof fields['code'] === 'number' ? `code ${fields['code']}` : null;
  return [said, code, complaint].filter((part) => part !== null).join(', ') || 'no explanation';
};

/** Refusals of this one text by automatic moderation or the link filter, whichever status carries them. */
const MODERATION_CODES: ReadonlySet<unknown> = new Set([200_000, 200_001, 240_000]);
/** There is no such message: somebody has deleted it. The webhook itself is fine. */
const UNKNOWN_MESSAGE = 10_008;
/** A gateway that waited in vain: what it waited for may have happened. */
const STRONG_STATUSES: ReadonlySet<number> = new Set([504, 520, 524]);

const failed = (failure: Failure, detail: string, strong = false): Answer => ({ kind: 'failed', failure, detail, strong });

const accepted = ({ status }: HttpResponse, fields: Fields | null): Answer => {
  const id = fields?.['id'];
  if (status === 200 && typeof id === 'string' && /^\d{1,20}$/.test(id)) return { kind: 'accepted', messageId: id, odd: null };
  return { kind: 'accepted', messageId: null, odd: `Discord answers ${status} without a message id; taken for accepted` };
};

const limited = ({ headers }: HttpResponse, fields: Fields | null): Answer => {
  if (fields === null || !Object.hasOwn(fields, 'retry_after')) {
    const header = headers['retry-after'];
    const wait = header === undefined || !/^\d+(\.\d+)?$/.test(header.trim()) ? null : readWait(Number(header));
    return { kind: 'limited', scope: 'banned', waitMs: wait?.ms ?? null, odd: wait?.odd ?? null };
  }
  const { ms, odd } = readWait(fields['retry_after']);
  const global =
    fields['global'] === true || headers['x-ratelimit-global'] === 'true' || headers['x-ratelimit-scope'] === 'global';
  return { kind: 'limited', scope: global ? 'global' : 'webhook', waitMs: ms, odd };
};

const refused = (status: number, fields: Fields | null): Answer => {
  const text = cutTo(plain(textOf(fields)), DETAIL_CODE_POINTS_MAX);
  const detail = `Discord answers ${status}: ${text}`;
  if (MODERATION_CODES.has(fields?.['code']) || fields?.['code'] === UNKNOWN_MESSAGE) return failed('dead', detail);
  if (status === 401 || status === 403 || status === 404) return failed('disabled', detail);
  const errors = fields?.['errors'] ?? fields;
  const aboutName = typeof errors === 'object' && errors !== null && Object.hasOwn(errors, 'username');
  if (status === 400 && aboutName) return { kind: 'name-refused', detail };
  // The request did not come through whole, and nothing is known of what was done with it.
  if (status === 408) return failed('unknown', detail);
  return failed('dead', detail);
};

/** Reads an answer by the table of discord-protocol.md §6. Pure; says nothing of the address it was given by. */
export const readAnswer = (response: HttpResponse): Answer => {
  const { status } = response;
  const fields = readObject(response.body);
  if (status >= 200 && status < 300) return accepted(response, fields);
  // A redirect is no part of the protocol and may lead anywhere, so it is never followed; a portal in between may go away again.
  if (status >= 300 && status < 400) return failed('refused', `answered ${status}, a redirect, which is not followed`);
  if (status === 429) return limited(response, fields);
  if (status >= 400 && status < 500) return refused(status, fields);
  return failed('unknown', `Discord answers ${status}`, STRONG_STATUSES.has(status));
};
