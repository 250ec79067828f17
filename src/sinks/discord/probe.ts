import type { Observable } from 'rxjs';
import { catchError, concat, concatMap, map, of } from 'rxjs';
import type { Check } from '../../ports/check.js';
import { failed, fine } from '../../ports/check.js';
import type { Http, HttpResponse } from '../../ports/http.js';
import { HttpError } from '../../ports/http.js';
import { cutTo, plain } from '../words/plain.js';
import type { WebhookAddress } from './address.js';
import { readAnswer } from './answers.js';

const ANSWER_BYTES_MAX = 65_536;
const NAME_CODE_POINTS_MAX = 40;
const TEST_TEXT = 'This is a test by `doctor` of the Binance momentum monitor: the webhook works.';

export interface ProbeParts {
  readonly address: WebhookAddress;
  readonly http: Http;
  readonly userAgent: string;
  readonly deadlineMs: number;
}

const nameOf = (body: string): string => {
  try {
    const { name } = JSON.parse(body) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? ` as "${cutTo(plain(name), NAME_CODE_POINTS_MAX)}"` : '';
  } catch {
    // What is no JSON has no name; that it answered 200 is what was asked.
    return '';
  }
};

const cureOf = (status: number): string => {
  if (status === 401 || status === 404)
    return 'the webhook is gone or mistyped: make a new one in the channel and set its address';
  if (status === 403) return 'Discord refuses this machine: is there a proxy, or was its address banned?';
  if (status === 429)
    return 'something else uses this webhook or this address up: wait, and let each monitor have its own webhook';
  return 'Discord has trouble: try again later';
};

const judge = (name: string, response: HttpResponse, done: (body: string) => string): Check => {
  const { status, body } = response;
  if (status >= 200 && status < 300) return fine(name, done(body));
  const answer = readAnswer(response);
  const detail = 'detail' in answer ? answer.detail : answer.kind === 'limited' ? 'told to wait (429)' : `answered ${status}`;
  return failed(name, detail, cureOf(status));
};

/** Asks the webhook for itself, which posts nothing; with `send` also posts one message that says that it is a test. */
export const probeWebhook = ({ address, http, userAgent, deadlineMs }: ProbeParts, send: boolean): Observable<Check> => {
  const ask = (name: string, method: 'GET' | 'POST', url: string, done: (body: string) => string): Observable<Check> =>
    http
      .request({
        method,
        url,
        headers: { 'user-agent': userAgent, ...(method === 'POST' ? { 'content-type': 'application/json' } : {}) },
        ...(method === 'POST' ? { body: JSON.stringify({ content: TEST_TEXT, allowed_mentions: { parse: [] } }) } : {}),
        deadlineMs,
        bodyBytesMax: ANSWER_BYTES_MAX,
      })
      .pipe(
        // Secrets go before anything of an answer is cut off.
        map((response) => judge(name, { ...response, body: address.redact(response.body) }, done)),
        catchError((error: unknown) => {
          if (!(error instanceof HttpError)) throw error;
          return of(
            failed(name, `cannot reach Discord: ${error.detail}`, 'look at the network, its name service and its firewall'),
          );
        }),
        map((check) => ({ ...check, detail: address.redact(check.detail) })),
      );
  const get$ = ask('webhook', 'GET', address.self.reveal(), (body) => `answers${nameOf(body)}; nothing was posted`);
  if (!send) return get$;
  const post$ = ask('test message', 'POST', address.post.reveal(), () => 'posted: look into the channel');
  return get$.pipe(concatMap((check) => (check.outcome === 'fine' ? concat(of(check), post$) : of(check))));
};
