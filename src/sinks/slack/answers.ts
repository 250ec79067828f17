import type { HttpResponse } from '../../ports/http.js';
import { DeliveryError } from '../../ports/sink.js';
import { retryAfterMsOf, waitMsOf } from '../wire/wait.js';
import { cutTo, plain } from '../words/plain.js';

const SAID_CODE_POINTS_MAX = 100;
/** A gateway that waited in vain: what it waited for may have happened. */
const STRONG_STATUSES: ReadonlySet<number> = new Set([504, 520, 524]);

/**
 * Words that Slack answers with when the webhook itself is of no use any more, whichever status carries them
 * (discord-protocol.md §12). A channel that is full of rules may let the next message in; one that is gone may not.
 */
const GONE =
  /\b(?:no_service|no_service_id|no_active_hooks|no_team|team_disabled|invalid_token|action_prohibited|channel_not_found|channel_is_archived|posting_to_\w+)\b/;

/** Secrets go before anything is cut off: half a token would not be known again. */
const wordIn = ({ body }: HttpResponse, redact: (text: string) => string): string => {
  const text = plain(redact(body).slice(0, 500));
  return text === '?' || text.startsWith('<') ? '' : `: ${cutTo(text, SAID_CODE_POINTS_MAX)}`;
};

const secondsIn = (body: string): number | null => {
  try {
    const { retry_after: seconds } = JSON.parse(body) as { retry_after?: unknown };
    return typeof seconds === 'number' ? seconds : null;
  } catch {
    // Mostly it is plain text.
    return null;
  }
};

/** How long a 429 asks to be left alone for; a second where it does not say. */
export const limitedMsOf = ({ headers, body }: HttpResponse, nowMs: number): number =>
  retryAfterMsOf(headers, nowMs) ?? waitMsOf(secondsIn(body) ?? 1);

/** Throws what an answer means unless it is one of acceptance. 429 is seen to before. */
export const readAnswer = (response: HttpResponse, redact: (text: string) => string): void => {
  const { status, body } = response;
  if (status >= 200 && status < 300) return;
  const detail = `Slack answers ${status}${wordIn(response, redact)}`;
  // A redirect may lead anywhere and is never followed; it is no answer of one that has taken the message.
  if (status >= 300 && status < 400) throw new DeliveryError('refused', detail);
  if (status >= 500) throw new DeliveryError('unknown', detail, { strong: STRONG_STATUSES.has(status) });
  // The request did not come through whole, and nothing is known of what was done with it.
  if (status === 408) throw new DeliveryError('unknown', detail);
  const isGone = [401, 403, 404, 410].includes(status) || GONE.test(body.slice(0, 500));
  throw new DeliveryError(isGone ? 'disabled' : 'dead', detail);
};
