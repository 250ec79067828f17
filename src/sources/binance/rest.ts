import type { Observable } from 'rxjs';
import { catchError, defer, map, retry, throwError, timer } from 'rxjs';
import type { Market } from '../../model/series.js';
import type { Context } from '../../ports/context.js';
import type { HttpResponse } from '../../ports/http.js';
import { HttpError } from '../../ports/http.js';
import { judgeAnswer } from './answers.js';
import type { Complaints } from './complaints.js';
import type { Endpoints } from './endpoints.js';
import { FACTS, hostOf, restUrl } from './endpoints.js';
import type { Governor, Priority } from './weight.js';
import { createGovernor } from './weight.js';

const PAUSE_MS_INITIAL = 1_000;
const PAUSE_MS_MAX = 60_000;
/** Failures after which the host has been reached all the same. */
const BAD_ANSWERS: ReadonlySet<string> = new Set(['too-large', 'redirect', 'encoding']);

/** The exchange will never answer this request otherwise: an unknown symbol, a parameter it does not take. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** Something that may pass. */
class Setback extends Error {
  override readonly name = 'Setback';
  constructor(
    readonly detail: string,
    readonly waitMs: number,
    readonly needsPerson: boolean,
    readonly isUnreachable: boolean,
  ) {
    super(detail);
  }
}

export interface Ask<T> {
  /** With its query. */
  readonly path: string;
  readonly weight: number;
  readonly priority: Priority;
  readonly bodyBytesMax: number;
  /** Reads the JSON of the answer; `null` when it is not what was asked for, and then it is asked again. */
  readonly read: (json: unknown) => T | null;
  /** Told when the request really leaves, each time it does: it may have waited its turn, or have failed before. */
  readonly sending?: () => void;
}

/** One market's REST interface. */
export interface Rest {
  /**
   * Emits the answer once. Tries for ever, within the weight that the exchange allows, with growing pauses; says what it
   * cannot reach once and again when that changes. Errors with a `RefusedError` alone.
   */
  ask<T>(ask: Ask<T>): Observable<T>;
  readonly governor: Governor;
  /** In plain words what is wrong; `null` when the last request was answered. */
  note(): string | null;
}

export interface RestOptions {
  /** Percent of the exchange's request weight that we use. */
  readonly weightShare: number;
  readonly concurrency: number;
  /** Milliseconds from the first moment to the last byte of an answer. */
  readonly deadline: number;
}

const seconds = (ms: number): string =>
  ms < 120_000 ? `${Math.max(1, Math.round(ms / 1_000))} s` : `${Math.round(ms / 60_000)} min`;

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

export const createRest = (
  market: Market,
  endpoints: Endpoints,
  options: RestOptions,
  complaints: Complaints,
  { http, wireTime, random }: Pick<Context, 'http' | 'wireTime' | 'random'>,
): Rest => {
  const host = hostOf(endpoints[market].rest);
  const key = `rest ${market}`;
  let note: string | null = null;
  const governor = createGovernor({
    weightPerMinute: FACTS[market].weightPerMinute,
    sharePercent: options.weightShare,
    concurrency: options.concurrency,
    wireTime,
    spent: () =>
      complaints.tell(`weight ${market}`, 'spent', {
        kind: 'budget-spent',
        detail: `${host}: ${options.weightShare} % of this minute's request weight is used; what is left waits for the next minute`,
      }),
  });

  const observe = ({ headers }: HttpResponse): void => {
    const used = headers['x-mbx-used-weight-1m'];
    if (used !== undefined && /^\d{1,7}$/.test(used)) governor.observe(Number(used));
  };

  const take = <T>(response: HttpResponse, read: Ask<T>['read']): T => {
    observe(response);
    const answer = judgeAnswer(response, wireTime.now());
    if (answer.kind === 'never') throw new RefusedError(answer.detail);
    if (answer.kind === 'later') throw new Setback(answer.detail, 0, false, false);
    if (answer.kind === 'wait') throw new Setback(answer.detail, answer.waitMs, answer.needsPerson, false);
    const value = read(parse(response.body));
    if (value === null) throw new Setback('an answer that cannot be read', 0, false, false);
    complaints.over(key);
    note = null;
    return value;
  };

  const complain = (setback: Setback, pauseMs: number): void => {
    note = setback.isUnreachable ? `cannot reach ${host} (${setback.detail})` : `${host} answered ${setback.detail}`;
    const hint = setback.isUnreachable ? '; `npm run demo` needs no network' : '';
    complaints.tell(key, setback.detail, {
      kind: setback.needsPerson ? 'request-refused' : 'request-failed',
      detail: `${note}; trying again in ${seconds(pauseMs)}${hint}`,
    });
  };

  const pauseBefore = (error: unknown, attempt: number): Observable<0> => {
    if (!(error instanceof Setback)) return throwError(() => error as Error);
    const growingMs = Math.min(PAUSE_MS_MAX, PAUSE_MS_INITIAL * 2 ** (attempt - 1)) * (0.5 + random() / 2);
    if (error.waitMs > 0) governor.pause(wireTime.now() + error.waitMs);
    complain(error, Math.max(growingMs, error.waitMs));
    return timer(growingMs, wireTime);
  };

  return {
    governor,
    note: () => note,
    ask: ({ path, weight, priority, bodyBytesMax, read, sending }) =>
      defer(() =>
        governor.run(
          weight,
          priority,
          defer(() => {
            sending?.();
            return http.request({
              method: 'GET',
              url: restUrl(endpoints, market, path),
              deadlineMs: options.deadline,
              bodyBytesMax,
            });
          }),
        ),
      ).pipe(
        catchError((error: unknown) =>
          throwError(() =>
            error instanceof HttpError ? new Setback(error.detail, 0, false, !BAD_ANSWERS.has(error.code)) : (error as Error),
          ),
        ),
        map((response) => take(response, read)),
        retry({ delay: pauseBefore }),
      ),
  };
};
