import type { Observable } from 'rxjs';
import { catchError, defer, map, of } from 'rxjs';
import type { Market } from '../../../model/series.js';
import type { Check } from '../../../ports/check.js';
import { failed } from '../../../ports/check.js';
import type { Context } from '../../../ports/context.js';
import type { HttpResponse } from '../../../ports/http.js';
import { HttpError } from '../../../ports/http.js';
import type { Answer } from '../answers.js';
import { judgeAnswer } from '../answers.js';
import { hostOf, restUrl } from '../endpoints.js';
import type { Options } from '../options.js';

const DEADLINE_MS = 10_000;

export interface ProbeParts {
  readonly market: Market;
  readonly options: Options;
  readonly context: Pick<Context, 'http' | 'sockets' | 'wireTime'>;
}

/** An answer that could be read. Times are wire time, ms. */
export interface Got<T> {
  readonly value: T;
  readonly sentMs: number;
  readonly tookMs: number;
  /** Request weight used in this minute, as the exchange counts it; `null` when it does not say. */
  readonly usedWeight: number | null;
}

/** `null` with the check that says why. */
export type Asked<T> =
  | { readonly got: Got<T>; readonly trouble: null; readonly isUnreachable: false }
  | { readonly got: null; readonly trouble: Check; readonly isUnreachable: boolean };

/** Cures by how a request failed on its way. */
const CURES: Readonly<Record<string, string>> = {
  dns: 'the name is not known here: look at the network and its name service (DNS)',
  refused: 'nothing listens there: look at source.endpoints',
  unreachable: 'there is no way there: look at the network',
  timeout: 'something on the way swallows it: look at firewall and proxy',
  deadline: 'something on the way swallows it: look at firewall and proxy',
  tls: 'who answers cannot prove to be Binance: look at the clock of this machine, and for a proxy that opens TLS',
};

export const unreachable = (market: Market, name: string, host: string, code: string, detail: string): Check =>
  failed(name, `cannot reach ${host}: ${detail}`, CURES[code] ?? `look at the network and at source.endpoints.${market}`);

const cureOf = ({ status }: HttpResponse, kind: Answer['kind']): string => {
  if (status === 451) return 'run the monitor somewhere else: Binance does not serve this place';
  if (status === 418 || status === 429)
    return 'wait; then lower source.rest.weightShare, or find out what else asks Binance from this address';
  if (status === 403 || status === 202) return 'wait some minutes; if it stays, this address is blocked: use another';
  return kind === 'later'
    ? 'the exchange has trouble: try again later'
    : 'look at source.endpoints: this is not what Binance answers';
};

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

const weightOf = ({ headers }: HttpResponse): number | null => {
  const used = headers['x-mbx-used-weight-1m'];
  return used !== undefined && /^\d{1,7}$/.test(used) ? Number(used) : null;
};

/** Asks once, without patience: a doctor says at once what is wrong. `read` gives `null` for what is not the expected answer. */
export const askOnce = <T>(
  { market, options, context }: ProbeParts,
  name: string,
  path: string,
  bodyBytesMax: number,
  read: (json: unknown) => T | null,
): Observable<Asked<T>> =>
  defer(() => {
    const { http, wireTime } = context;
    const url = restUrl(options.endpoints, market, path);
    const host = hostOf(url);
    const sentMs = wireTime.now();
    const troubled = (trouble: Check, isUnreachable: boolean): Asked<T> => ({ got: null, trouble, isUnreachable });
    return http.request({ method: 'GET', url, deadlineMs: DEADLINE_MS, bodyBytesMax }).pipe(
      map((response): Asked<T> => {
        const tookMs = wireTime.now() - sentMs;
        const answer = judgeAnswer(response, wireTime.now());
        if (answer.kind !== 'fine')
          return troubled(failed(name, `${host} answered ${answer.detail}`, cureOf(response, answer.kind)), false);
        const value = read(parse(response.body));
        return value === null
          ? troubled(failed(name, `${host} answered something else`, cureOf(response, 'never')), false)
          : { got: { value, sentMs, tookMs, usedWeight: weightOf(response) }, trouble: null, isUnreachable: false };
      }),
      catchError((error: unknown) => {
        if (!(error instanceof HttpError)) throw error;
        return of(troubled(unreachable(market, name, host, error.code, error.detail), true));
      }),
    );
  });
