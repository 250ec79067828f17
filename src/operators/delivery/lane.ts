import type { Observable } from 'rxjs';
import { concat, concatMap, defer, EMPTY, ignoreElements, merge, take, timer } from 'rxjs';
import type { Delivery, Pending } from '../../model/delivery.js';
import { isFinal } from '../../model/delivery.js';
import type { DeliverySettings } from '../../ports/pipeline.js';
import type { Announcement, Receipt, Sink } from '../../ports/sink.js';
import { DeliveryError } from '../../ports/sink.js';
import { maxAgeMsOf } from '../filters/staleness.js';
import { afterFailure } from './after-failure.js';
import { PASSED_ON } from './fallback-chains.js';
import { isLeaseLongEnough } from './lease-time.js';
import { createNews } from './news.js';
import { pauseMs } from './pause.js';
import type { Waiting } from './queue.js';
import { createQueue } from './queue.js';
import { createRest } from './rest.js';
import { send, sendWords, stepEach } from './send.js';
import { keepRefusal, refusalOf } from './standing.js';
import type { Step, StepOptions } from './step.js';

export interface LaneOptions extends StepOptions {
  readonly settings: DeliverySettings;
  /** The share of the maximum age after which what a sink that is away has not taken is passed on to another; all of it if absent. */
  readonly ageShare?: number;
  /** Is told once that this sink refuses for good. */
  readonly raise?: (announcement: Announcement) => void;
}

/** How soon the lease of the store is looked at again. */
const LEASE_LOOK_MS = 500;
/** No sleep is longer, so that no timer is beyond what timers can do. */
const SLEEP_MS_MAX = 3_600_000;

/** What waits for one sink, and what is to be done about it next. */
export interface Lane {
  /** Takes one in; what there is no room for any more comes out with its end. */
  readonly add: (pending: Pending) => Observable<Step>;
  readonly alarm: (announcement: Announcement) => void;
  /** No more alerts will come. */
  readonly close: () => void;
  /** Does the next thing: ends what is too old, waits, sends one message. */
  readonly turn: () => Observable<Step>;
  readonly hasWork: () => boolean;
}

export const createLane = (sink: Sink, options: LaneOptions): Lane => {
  const { settings, store, marketTime, wireTime, random, report, raise, ageShare = 1 } = options;
  const batchMax = sink.deliverBatch === undefined ? 1 : (sink.batchMax ?? 1);
  const queue = createQueue({
    limit: settings.queueLimit,
    batchMax,
    isToldAlone: (alert) => sink.isToldAlone?.(alert) === true,
  });
  const news = createNews(sink.name, settings.queueLimit);
  const rest = createRest();
  const each = stepEach(options);
  /** Why the sink is not to be asked; `undefined` until the store has been asked. */
  let refusal: string | null | undefined;
  let failures = 0;
  let isOver = false;

  const isPassedOn = (): boolean => failures > 0 && ageShare < 1;
  const maxAgeOf = ({ alert }: Waiting): number => maxAgeMsOf(alert.interval, settings.maxAgeMs) * (isPassedOn() ? ageShare : 1);
  const oldAtMs = (row: Waiting): number => (row.delivery.resentAtMs ?? row.alert.decisionTimeMs) + maxAgeOf(row);
  const overBudget = ({ delivery }: Waiting): Partial<Delivery> | null => afterFailure.overBudget(delivery, settings);
  const endOver = (rows: readonly Waiting[]): Observable<Step> => each(rows, (row) => overBudget(row) ?? {});
  const isHeld = (): boolean => isLeaseLongEnough(store, sink);

  const refused = (reason: string): void => {
    refusal = reason;
    report({ kind: 'sink-disabled', sink: sink.name, detail: `${sink.name} takes no more alerts: ${reason}` });
  };

  const refuseForGood = (reason: string): Observable<never> =>
    defer(() => {
      refused(reason);
      raise?.({
        title: `${sink.name} takes no more alerts`,
        lines: [reason, 'it is not asked again until its settings are others; other sinks go on'],
      });
      return keepRefusal(sink, reason, options);
    });

  const took = (): void => {
    failures = 0;
    rest.end();
    news.took(marketTime.now());
  };

  const failed = (error: DeliveryError): void => {
    failures++;
    rest.begin(error.retryAfterMs ?? pauseMs(failures, random), wireTime.now());
    news.failed(marketTime.now());
  };

  const answered =
    (rows: readonly Waiting[]) =>
    (result: Receipt | DeliveryError): Observable<Step> => {
      if (!(result instanceof DeliveryError)) {
        took();
        return each(rows, () => ({ state: 'delivered', messageId: result.messageId }));
      }
      const several = rows.length > 1;
      const change = ({ delivery }: Waiting) => afterFailure(delivery, result, settings, marketTime.now(), several);
      if (result.failure === 'disabled') return concat(refuseForGood(result.detail), each(rows, change));
      if (result.failure !== 'dead') failed(result);
      // Halves of halves find the bad one in few messages, and the others are delivered on the way.
      const among = several && result.failure === 'dead' ? Math.floor(rows.length / 2) : batchMax;
      return each(rows, change, (after) => {
        const open = after.filter(({ delivery }) => !isFinal(delivery.state));
        queue.again(open.filter((row) => overBudget(row) === null).map((row) => ({ ...row, among: Math.min(row.among, among) })));
        return endOver(open.filter((row) => overBudget(row) !== null));
      });
    };

  const post = (rows: readonly Waiting[]): Observable<Step> =>
    each(
      rows,
      ({ delivery }) => ({ state: 'sending', attempts: delivery.attempts + 1 }),
      (sending) => {
        if (isHeld()) return send(sink, sending, answered(sending));
        const reason = 'not sent: the lease of the store was about to end';
        return each(
          sending,
          () => ({ state: 'waiting', reason }),
          (waiting) => {
            queue.again(waiting);
            return EMPTY;
          },
        );
      },
    );

  const speak = (): Observable<Step> => {
    const said = sink.announce === undefined ? null : news.next(marketTime.now());
    if (said === null) return EMPTY;
    return sendWords(
      defer(() => sink.announce?.(said.announcement) ?? EMPTY),
      (result) => {
        if (!(result instanceof DeliveryError)) took();
        else if (result.failure === 'disabled') return refuseForGood(result.detail);
        else if (result.failure === 'refused' || (result.failure === 'unknown' && !result.strong)) {
          said.putBack();
          failed(result);
        } else {
          const detail = `${sink.name} may not have been told "${said.announcement.title}": ${result.detail}`;
          report({ kind: 'delivery-unknown', sink: sink.name, detail });
        }
        return EMPTY;
      },
    );
  };

  /** Until the wait is over, or somebody has waited too long. */
  const sleep = (waitMs: number): Observable<never> => {
    const oldInMs = Math.min(SLEEP_MS_MAX, ...queue.all().map((row) => oldAtMs(row) + 1 - marketTime.now()));
    return merge(timer(Math.min(waitMs, SLEEP_MS_MAX), wireTime), timer(Math.max(0, oldInMs), marketTime)).pipe(
      take(1),
      ignoreElements(),
    );
  };

  const lookUp = (): Observable<never> =>
    refusalOf(sink, options).pipe(
      concatMap((reason) => {
        refusal = null;
        if (reason !== null) refused(`${reason} (in an earlier life, with the same settings)`);
        return EMPTY;
      }),
    );

  const turn = (): Observable<Step> => {
    if (refusal === undefined) return lookUp();
    const old = queue.take((row) => marketTime.now() > oldAtMs(row));
    for (const { alert } of old) news.missed(alert, 'expired');
    if (old.length > 0)
      return each(old, (row) => {
        const seconds = `${Math.round(maxAgeOf(row) / 1_000)} s`;
        return { state: 'expired', reason: isPassedOn() ? `${PASSED_ON}: away for ${seconds}` : `older than ${seconds}` };
      });
    if (refusal !== null) {
      const reason = refusal;
      return each(
        queue.take(() => true),
        () => ({ state: 'dead', reason }),
      );
    }
    const over = queue.take((row) => overBudget(row) !== null);
    if (over.length > 0) return endOver(over);
    const waitMs = Math.max(rest.leftMs(wireTime.now()), sink.readyInMs?.() ?? 0, isHeld() ? 0 : LEASE_LOOK_MS);
    if (waitMs > 0) return sleep(waitMs);
    const rows = queue.next(wireTime.now());
    return rows.length > 0 ? post(rows) : speak();
  };

  return {
    add: (pending) => {
      const rows = queue.add(pending, wireTime.now());
      for (const { alert } of rows) news.missed(alert, 'leftOut');
      return each(rows, () => ({ state: 'expired', reason: `left out: more than ${settings.queueLimit} were waiting` }));
    },
    alarm: news.alarm,
    close: () => {
      isOver = true;
    },
    turn,
    // Words alone keep nobody who wants to go.
    hasWork: () => queue.all().length > 0 || (refusal === null && !isOver && sink.announce !== undefined && news.isWaiting()),
  };
};
