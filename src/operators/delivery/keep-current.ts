import type { Observable, OperatorFunction, SchedulerLike } from 'rxjs';
import {
  catchError,
  concat,
  concatMap,
  connect,
  defer,
  EMPTY,
  endWith,
  exhaustMap,
  from,
  ignoreElements,
  map,
  merge,
  startWith,
  takeUntil,
  throwError,
  timer,
} from 'rxjs';
import type { Close, EarlyNews } from '../../model/close.js';
import type { EpisodeSettings, KeptEpisodes } from '../../model/episode.js';
import type { Report } from '../../model/fault.js';
import type { Sink } from '../../ports/sink.js';
import { DeliveryError } from '../../ports/sink.js';
import type { Store } from '../../ports/store.js';
import { StoreError } from '../../ports/store.js';
import { EPISODES, shownKey } from './episodes-kept.js';
import type { Told } from './keep-current-desk.js';
import { isLeaseLongEnough } from './lease-time.js';
import { createDesk, isEditable } from './keep-current-desk.js';
import { pauseMs } from './pause.js';
import { refusalOf } from './standing.js';
import type { Step } from './step.js';

export interface KeepCurrentOptions {
  readonly settings: EpisodeSettings;
  readonly kept: KeptEpisodes;
  readonly store: Store;
  readonly epoch: number;
  /** Wire milliseconds during which nothing is changed. */
  readonly quietStartMs: number;
  readonly wireTime: SchedulerLike;
  readonly random: () => number;
  readonly report: Report;
}

/** One message is changed at most so often: of what happens in between only the newest is worth telling. */
const EDIT_EVERY_MS = 5_000;
/** What a close sends goes first. */
const EDIT_AFTER_MS = 2_000;
/** And one after another: of messages older than an hour Discord lets three be changed in six seconds. */
const SINK_EVERY_MS = 2_500;
/** How soon the lease of the store is looked at again. */
const HELD_AGAIN_MS = 1_000;

/**
 * Delivers through `deliverWith` what is to be posted, and keeps the message of every episode current: an alert that joins an
 * episode is delivered by changing its message, and growth, fading and the outcome change it besides. A message is made to tell
 * the newest version of its episode, so a change of unknown outcome is simply tried again, and one that comes late tells all.
 *
 * ```
 * close$       -a-b-c 10s |   a opens an episode, b and c are growth
 * keepCurrent  -p---- 10s |   the step of the post
 * sink.edit    - 5s e         five seconds after it: one change, which tells b and c
 * ```
 *
 * *Order.* Changes wait for nothing but themselves and hold up no post. One at a time, of one message at most every five seconds.
 * A message that is gone is left alone; what joins then is posted, and its message tells the episode from there on. A sink that
 * cannot change messages posts everything.
 */
export const keepCurrent =
  (
    sink: Sink,
    options: KeepCurrentOptions,
    deliverWith: (sink: Sink) => OperatorFunction<Close | EarlyNews, Step>,
  ): OperatorFunction<Close | EarlyNews, Step> =>
  (told$) =>
    defer(() => {
      if (!isEditable(sink)) return told$.pipe(deliverWith(sink));
      const { settings, kept, store, epoch, quietStartMs, wireTime, random, report } = options;
      const nowMs = (): number => wireTime.now();
      const desk = createDesk(sink, { settings, kept, everyMs: EDIT_EVERY_MS, afterMs: EDIT_AFTER_MS, nowMs });
      /** The sink is not asked before. */
      let restUntilMs = nowMs() + quietStartMs;
      /** Another message is not changed before. */
      let nextMs = 0;
      let refusedForGood = false;

      const fail = (told: Told, error: DeliveryError): void => {
        const { failure, detail, retryAfterMs } = error;
        if (failure === 'dead') desk.note(told, { messageId: null });
        else {
          const waitMs = retryAfterMs ?? pauseMs(told.tries + 1, random);
          desk.note(told, { tries: told.tries + 1, restUntilMs: nowMs() + waitMs });
          if (failure === 'refused') restUntilMs = nowMs() + waitMs;
        }
        if (failure === 'disabled') refusedForGood = true;
        report({
          kind: 'edit-failed',
          alertId: told.episode.id,
          sink: sink.name,
          detail: `the message of an episode: ${detail}`,
        });
      };

      const edit = (told: Told, messageId: string): Observable<never> =>
        defer(() => sink.edit(messageId, told.episode, told.attempt)).pipe(
          map(() => {
            nextMs = nowMs() + SINK_EVERY_MS;
            desk.note(told, { shown: told.episode.version, restUntilMs: nowMs() + EDIT_EVERY_MS, tries: 0 });
          }),
          catchError((error: unknown) => {
            if (!(error instanceof DeliveryError)) return throwError(() => error);
            fail(told, error);
            return EMPTY;
          }),
          ignoreElements(),
        );

      /** That it is not known what a message shows costs one needless change after a restart, so nothing waits for it. */
      const put = (episodeId: string, value: number | null): Observable<never> =>
        store.put(epoch, EPISODES, shownKey(episodeId, sink.name), value).pipe(
          catchError((error: unknown) => {
            if (!(error instanceof StoreError)) return throwError(() => error);
            report({ kind: 'store-failed', sink: sink.name, detail: `what a message shows was not kept: ${error.detail}` });
            return EMPTY;
          }),
        );

      const save: Observable<never> = defer(() => {
        const unsaved = desk.all().filter(({ shown, saved }) => shown > 1 && shown !== saved);
        for (const told of unsaved) desk.note(told, { saved: told.shown });
        return merge(
          ...unsaved.map(({ episode, shown }) => put(episode.id, shown)),
          ...desk.takeForgotten().map((id) => put(id, null)),
        );
      });

      const behind = (): readonly (readonly [Told, string])[] =>
        desk.all().flatMap((told) => {
          const { episode, messageId, shown } = told;
          return messageId !== null && episode.version > shown ? [[told, messageId] as const] : [];
        });

      /** Who refused for good in an earlier life, or where alerts were posted, is not asked to change anything either. */
      const askStore: Observable<never> = refusalOf(sink, { store }).pipe(
        map((reason) => {
          refusedForGood ||= reason !== null;
        }),
        ignoreElements(),
      );

      /** Changes what is behind, the one that may be changed first; ends when nothing is. */
      const catchUp: Observable<never> = defer(() => {
        const [first] = [...behind()].sort(([a], [b]) => a.restUntilMs - b.restUntilMs);
        if (first === undefined || refusedForGood) return save;
        const [told, messageId] = first;
        const restMs = Math.max(told.restUntilMs, restUntilMs, nextMs) - nowMs();
        const waitMs = Math.max(restMs, sink.spareInMs?.() ?? 0, isLeaseLongEnough(store, sink) ? 0 : HELD_AGAIN_MS);
        // In the meantime another one may come that needs to wait less.
        const turn$ =
          waitMs > 0 ? timer(Math.min(waitMs, EDIT_EVERY_MS), wireTime).pipe(ignoreElements()) : edit(told, messageId);
        return concat(turn$, save, catchUp);
      });

      /** At the end each that is behind is changed once more, unless that was tried in vain: the next life will do it. */
      const atLast: Observable<never> = defer(() =>
        refusedForGood || restUntilMs > nowMs()
          ? save
          : concat(
              from(behind().filter(([{ tries }]) => tries === 0)).pipe(concatMap(([told, messageId]) => edit(told, messageId))),
              save,
            ),
      );

      return told$.pipe(
        map((told) => {
          desk.learn(told);
          return told;
        }),
        connect((heard$) =>
          heard$.pipe(
            deliverWith(desk.sink),
            connect((step$) => {
              const over$ = step$.pipe(ignoreElements(), endWith(null));
              const edits$ = merge(heard$, step$).pipe(
                startWith(null),
                exhaustMap(() => concat(askStore, catchUp)),
                takeUntil(over$),
              );
              return merge(step$, concat(edits$, atLast));
            }),
          ),
        ),
      );
    });
