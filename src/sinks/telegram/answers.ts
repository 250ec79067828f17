import type { HttpResponse } from '../../ports/http.js';
import type { Failure } from '../../ports/sink.js';
import { waitMsOf } from '../wire/wait.js';
import { cutTo, plain } from '../words/plain.js';

/** What an answer of the Bot API means for the message it was given for (discord-protocol.md §11). */
export type Answer =
  /** `messageId` is `null` where the answer is not as documented. */
  | { readonly kind: 'accepted'; readonly messageId: string | null }
  /** The group has become a supergroup with another id; nothing was sent. */
  | { readonly kind: 'moved'; readonly chat: string }
  /** The text was refused for its markup. */
  | { readonly kind: 'unreadable'; readonly detail: string }
  /** An edit that would change nothing: the message tells it already. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'limited'; readonly waitMs: number }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly detail: string; readonly strong: boolean };

const DETAIL_CODE_POINTS_MAX = 200;
/** A gateway that waited in vain: what it waited for may have happened. */
const STRONG_STATUSES: ReadonlySet<number> = new Set([504, 520, 524]);

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** The answer's JSON object; HTML pages, plain text and empty bodies are all to be expected. */
const readObject = (body: string): Fields => {
  try {
    return fieldsOf(JSON.parse(body));
  } catch {
    return {};
  }
};

const refused = (status: number, description: string, parameters: Fields): Answer => {
  const detail = `Telegram answers ${status}: ${description}`;
  const failed = (failure: Failure): Answer => ({ kind: 'failed', failure, detail, strong: false });
  const { migrate_to_chat_id: chat } = parameters;
  if (typeof chat === 'number' || typeof chat === 'string') return { kind: 'moved', chat: String(chat) };
  if (status === 401 || status === 403 || status === 404) return failed('disabled');
  if (/can't parse entities/i.test(description)) return { kind: 'unreadable', detail };
  if (/message is not modified/i.test(description)) return { kind: 'unchanged' };
  // The request did not come through whole, and nothing is known of what was done with it.
  if (status === 408) return failed('unknown');
  return failed('dead');
};

/** Reads an answer. Pure. Secrets go before anything of it is cut off: half a token would not be known again. */
export const readAnswer = ({ status, body }: HttpResponse, redact: (text: string) => string = (text) => text): Answer => {
  const fields = readObject(body);
  const parameters = fieldsOf(fields['parameters']);
  if (status >= 200 && status < 300) {
    const id = fieldsOf(fields['result'])['message_id'];
    return { kind: 'accepted', messageId: Number.isSafeInteger(id) ? String(id) : null };
  }
  const said = typeof fields['description'] === 'string' ? fields['description'] : 'no explanation';
  const description = cutTo(plain(redact(said)), DETAIL_CODE_POINTS_MAX);
  if (status === 429) return { kind: 'limited', waitMs: waitMsOf(parameters['retry_after']) };
  // A redirect may lead anywhere and is never followed; it is no answer of one that has taken the message.
  if (status >= 300 && status < 400)
    return { kind: 'failed', failure: 'refused', detail: `answered ${status}, a redirect, which is not followed`, strong: false };
  if (status >= 400 && status < 500) return refused(status, description, parameters);
  return { kind: 'failed', failure: 'unknown', detail: `Telegram answers ${status}`, strong: STRONG_STATUSES.has(status) };
};
