import type { MonoTypeOperatorFunction, Observable, SchedulerLike } from 'rxjs';
import { concatMap, defer, merge, of } from 'rxjs';
import type { Close, EarlyNews } from '../../model/close.js';
import { isClose } from '../../model/close.js';
import type { EpisodeSettings, KeptEpisodes } from '../../model/episode.js';
import type { Report } from '../../model/fault.js';
import type { Store } from '../../ports/store.js';
import { createEpisodesBook } from './episodes-book.js';
import { EPISODES, recordOf } from './episodes-kept.js';
import { untilDurable } from './until-durable.js';

export interface EpisodesOptions {
  readonly settings: EpisodeSettings;
  readonly kept: KeptEpisodes;
  readonly store: Store;
  readonly epoch: number;
  readonly wireTime: SchedulerLike;
  readonly random: () => number;
  readonly report: Report;
}

/**
 * Tells moves apart from alerts: an episode is one move of one symbol in one direction, from the alert that opens it to what became
 * of it an hour later. Each alert that is to be sent learns what it is to its episode (`Alert.episode`): it opens it, joins it,
 * or escalates it. What the cooldown withholds and a further close are growth; half of the way given back is fading. The close
 * carries the episodes that tell something new.
 *
 * ```
 * close$     -a--b--c--|   a: an alert; b: a further close; c: an alert of another rule
 * store.put     (#)        what b makes of it cannot be kept at first
 * episodes   -A--B--C--|   A opens; B is growth; C joins
 * ```
 *
 * An alert that comes `repeatAfterMs` after the last one that was told opens the next episode, however much the move goes on.
 * Bar time decides, so a replay makes the same episodes. Early news passes. What is written down goes to the store in the same
 * turn as the claim of its close and before it; a close that is judged again changes nothing.
 *
 * *Memory.* The episodes that are not over: nothing is looked at for symbols without one.
 */
export const episodes =
  ({ settings, kept, store, epoch, wireTime, random, report }: EpisodesOptions): MonoTypeOperatorFunction<Close | EarlyNews> =>
  (told$) =>
    defer(() => {
      const book = createEpisodesBook(kept.episodes, settings);
      const keep = (id: string, value: unknown): Observable<never> =>
        defer(() => store.put(epoch, EPISODES, id, value)).pipe(
          untilDurable({
            wireTime,
            random,
            report,
            faultOf: ({ detail }) => ({ kind: 'store-failed', detail: `the store could not keep an episode: ${detail}` }),
          }),
        );
      return told$.pipe(
        concatMap((told) => {
          if (!isClose(told)) return of(told);
          const { close, changed, forgotten } = book.enter(told);
          // What an alert has just opened is known from the alert itself.
          const grown = changed.filter(({ version }) => version > 1);
          if (grown.length === 0 && forgotten.length === 0) return of(close);
          return merge(
            ...grown.map((episode) => keep(episode.id, recordOf(episode))),
            ...forgotten.map((id) => keep(id, null)),
            of(close),
          );
        }),
      );
    });
