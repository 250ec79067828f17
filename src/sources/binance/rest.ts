import type { Observable } from 'rxjs';
import { defer, map, retry, throwError, timer } from 'rxjs';
import type { Market } from '../../model/series.js';
import type { Context } from '../../ports/context.js';
import type { HttpResponse } from '../../ports/http.js';
import { dateOf, judgeAnswer } from './answers.js';
import { createBreaker } from './breaker.js';
import type { Complaints } from './complaints.js';
import type { Endpoints } from './endpoints.js';
import { FACTS, hostOf, restUrl } from './endpoints.js';
import { GivenUpError, RefusedError, Setback, toSetback } from './setback.js';
import type { TimeSamples } from './time.js';
import { createTimeSamples } from './time.js';
import type { Governor, Priority } from './weight.js';
import { createGovernor } from './weight.js';

const PAUSE_MS_INITIAL = 1_000;
/** A request is tried so often in a row, then left alone for a while: others may have more luck (reliability.md F35). */
const TRIES_PER_PASS = 5;
const LATER_PASS_MS = 60_000;

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
  /**
   * Given up after so many tries that failed although the host is well: it answered this request with nonsense, or others
   * meanwhile. Without it the request is tried for ever.
   */
  readonly triesMax?: number;
  /** Given up when the host must not be asked at all for longer than this, in wire milliseconds. */
  readonly patienceMs?: number;
}

/** One market's REST interface. */
export interface Rest {
  /**
   * Emits the answer once. Tries within the weight that the exchange allows, with growing pauses; says what it cannot reach once
   * and again when that changes. Errors with a `RefusedError` when there will never be an answer, and with a `GivenUpError` as
   * far as the request allows that.
   */
  ask<T>(ask: Ask<T>): Observable<T>;
  readonly governor: Governor;
  /** `fapi.binance.com`, for people. */
  readonly host: string;
  /** What the exchange has said of its time. */
  readonly times: TimeSamples;
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

const spoken = (ms: number): string =>
  ms < 120_000 ? `${Math.max(1, Math.round(ms / 1_000))} s` : `${Math.round(ms / 60_000)} min`;
const instant = (timeMs: number): string => new Date(timeMs).toISOString().replace('T', ' ').slice(0, 19) + ' UTC';

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
  { http, marketTime, wireTime, random }: Pick<Context, 'http' | 'marketTime' | 'wireTime' | 'random'>,
): Rest => {
  const host = hostOf(endpoints[market].rest);
  const key = `rest ${market}`;
  const times = createTimeSamples();
  const breaker = createBreaker(random);
  let note: string | null = null;
  /** Answers so far that a working host gives. */
  let answered = 0;
  const governor = createGovernor({
    weightPerMinute: FACTS[market].weightPerMinute,
    sharePercent: options.weightShare,
    concurrency: options.concurrency,
    wireTime,
    // The exchange counts by the minutes of its own clock. A market that is played faster counts by those of the wire.
    exchangeTime: marketTime.speed === 1 ? () => marketTime.now() : () => wireTime.now(),
    breaker,
    spent: () =>
      complaints.tell(`weight ${market}`, 'spent', {
        kind: 'budget-spent',
        detail: `${host}: ${options.weightShare} % of this minute's request weight is used; what is left waits for the next minute`,
      }),
  });

  const working = (): void => {
    answered++;
    breaker.answered();
  };

  const take = <T>(response: HttpResponse, minute: number, { path, weight, read }: Ask<T>): T => {
    const used = response.headers['x-mbx-used-weight-1m'];
    if (used !== undefined && /^\d{1,7}$/.test(used)) governor.observe(Number(used), minute, weight);
    // Until the exchange has told its time the clock is only this machine's.
    const unproven = times.best(wireTime.now()) === null ? dateOf(response.headers) : null;
    const answer = judgeAnswer(response, unproven ?? marketTime.now(), marketTime.speed);
    if (answer.kind === 'never') {
      working();
      throw new RefusedError(answer.detail);
    }
    if (answer.kind === 'later') throw new Setback('busy', answer.detail);
    if (answer.kind === 'wait') {
      const shape = response.status === 403 ? ` (asked for ${path.split('?')[0]})` : '';
      throw new Setback('shut', answer.detail + shape, answer.waitMs, answer.needsPerson);
    }
    const value = read(parse(response.body));
    if (value === null) throw new Setback('odd', 'an answer that cannot be read');
    working();
    complaints.over(key);
    note = null;
    return value;
  };

  const complain = ({ kind, detail, needsPerson }: Setback, pauseMs: number): void => {
    note = kind === 'unreachable' ? `cannot reach ${host} (${detail})` : `${host} answered ${detail}`;
    const hint = kind === 'unreachable' ? '; `npm run demo` needs no network' : '';
    complaints.tell(key, detail, {
      kind: needsPerson ? 'request-refused' : 'request-failed',
      detail: `${note}; trying again in ${spoken(pauseMs)}${hint}`,
    });
  };

  /** Nobody asks until then, and then one goes first. */
  const shut = (setback: Setback): Observable<0> => {
    governor.pause(wireTime.now() + setback.waitMs);
    breaker.probe();
    complain(setback, setback.waitMs);
    return timer(0, wireTime);
  };

  /** How one request goes on after each of its failures. */
  const createPauses = (triesMax: number) => {
    let tries = 0;
    let counted = 0;
    let answeredBefore = answered;
    return (error: unknown): Observable<0> => {
      const setback = toSetback(error);
      if (!(setback instanceof Setback)) return throwError(() => setback);
      if (setback.kind === 'shut') return shut(setback);
      const nowMs = wireTime.now();
      breaker.failed(nowMs);
      tries++;
      // An outage of the host is nobody's fault in particular: only what fails while others are answered is given up.
      if (setback.kind === 'odd' || answered > answeredBefore) counted++;
      answeredBefore = answered;
      if (counted >= triesMax) return throwError(() => new GivenUpError(`${counted} tries, the last one: ${setback.detail}`));
      const inPass = tries % TRIES_PER_PASS;
      const longestMs = inPass === 0 ? LATER_PASS_MS : PAUSE_MS_INITIAL * 2 ** (inPass - 1);
      const pauseMs = longestMs * (0.5 + random() / 2);
      complain(setback, Math.max(pauseMs, breaker.opensAtMs() - nowMs));
      return timer(pauseMs, wireTime);
    };
  };

  return {
    governor,
    host,
    times,
    note: () => {
      const leftMs = governor.status().pausedUntilMs - wireTime.now();
      if (note === null || leftMs <= 0) return note;
      return `${note}; nothing is asked of it until ${instant(marketTime.now() + leftMs * marketTime.speed)}`;
    },
    ask: (ask) =>
      defer(() => {
        let minute = 0;
        return governor
          .run(
            ask.weight,
            ask.priority,
            defer(() => {
              minute = governor.minute();
              ask.sending?.();
              return http.request({
                method: 'GET',
                url: restUrl(endpoints, market, ask.path),
                deadlineMs: options.deadline,
                bodyBytesMax: ask.bodyBytesMax,
              });
            }).pipe(map((response) => take(response, minute, ask))),
            ask.patienceMs,
          )
          .pipe(retry({ delay: createPauses(ask.triesMax ?? Infinity) }));
      }),
  };
};
