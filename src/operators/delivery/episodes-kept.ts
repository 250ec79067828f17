import type { Observable } from 'rxjs';
import { concatMap, defaultIfEmpty, defer, forkJoin, map, of } from 'rxjs';
import { z } from 'zod';
import type { Alert } from '../../model/alert.js';
import type { Pending } from '../../model/delivery.js';
import type { Episode, EpisodeEntry, EpisodeMessage, EpisodeSettings, KeptEpisodes } from '../../model/episode.js';
import { INTERVAL_MS, INTERVALS } from '../../model/interval.js';
import type { Parts } from '../../ports/pipeline.js';
import type { Remembered, Store } from '../../ports/store.js';
import { deadlineMs, episodeMsMax, forgottenAtMs, openedBy } from './episodes-steps.js';

/** Where the store keeps what an episode has grown to: `get(EPISODES, id)`. What opened it is kept as an alert. */
export const EPISODES = 'episodes';

/** The key under which it is kept which version a sink shows. */
export const shownKey = (episodeId: string, sink: string): string => `${episodeId}/${sink}`;

const entry = z.tuple([z.string(), z.string(), z.enum(INTERVALS), z.number(), z.number(), z.number().nullable()]);
const record = z.object({
  version: z.number(),
  fired: z.number(),
  told: z.number(),
  furthest: z.tuple([z.number(), z.number()]),
  faded: z.number().nullable(),
  outcome: z.tuple([z.number(), z.number().nullable()]).nullable(),
  /** Without the opening one: id, rule, interval, decision time, close, strength. */
  entries: z.array(entry),
});

/** What is written down of an episode with each change: a few hundred bytes. */
export const recordOf = ({
  version,
  fired,
  toldAtMs,
  furthest,
  fadedAtMs,
  outcome,
  entries,
}: Episode): z.output<typeof record> => ({
  version,
  fired,
  told: toldAtMs,
  furthest: [furthest.close, furthest.atMs],
  faded: fadedAtMs,
  outcome: outcome === null ? null : [outcome.atMs, outcome.close],
  entries: entries.slice(1).map((each) => [each.id, each.rule, each.interval, each.decisionTimeMs, each.close, each.strength]),
});

/** The episode that an alert opened, as it was written down; as it began where nothing can be read. */
export const episodeFrom = (opened: Alert, kept: unknown): Episode => {
  const began = openedBy(opened);
  const read = record.safeParse(kept);
  if (!read.success) return began;
  const { version, fired, told, furthest, faded, outcome, entries } = read.data;
  return {
    ...began,
    version,
    fired,
    toldAtMs: told,
    furthest: { close: furthest[0], atMs: furthest[1] },
    fadedAtMs: faded,
    outcome: outcome === null ? null : { atMs: outcome[0], close: outcome[1] },
    entries: [
      ...began.entries,
      ...entries.map(([id, rule, interval, decisionTimeMs, close, strength]): EpisodeEntry => {
        return { id, rule, interval, decisionTimeMs, close, strength };
      }),
    ],
  };
};

/** The newest moment that the store knows of a market: bar time, not the clock's. */
const momentsOf = ({ positions, emitted }: Remembered): ReadonlyMap<string, number> => {
  const moments = new Map<string, number>();
  const see = (market: string, atMs: number): void => void moments.set(market, Math.max(moments.get(market) ?? 0, atMs));
  for (const { market, interval, openTimeMs } of positions) see(market, openTimeMs + INTERVAL_MS[interval]);
  if (positions.length === 0) for (const { market, decisionTimeMs } of emitted) see(market, decisionTimeMs);
  return moments;
};

/**
 * The message of an episode at a sink: the last that tells alerts of this episode and of no other. One that tells several
 * cannot be made to tell one, and an escalation keeps its own.
 */
const messagesOf = (delivered: readonly Pending[]): readonly Omit<EpisodeMessage, 'shown'>[] => {
  const told = new Map<string, Set<string>>();
  const place = ({ sink, messageId }: Pending['delivery']): string => `${sink}/${messageId}`;
  for (const { alert, delivery } of delivered) {
    const ids = told.get(place(delivery)) ?? new Set();
    told.set(place(delivery), ids.add(alert.episode?.id ?? alert.id));
  }
  const messages = new Map<string, Omit<EpisodeMessage, 'shown'>>();
  for (const { alert, delivery } of delivered) {
    const { sink, messageId, attempts, mayRepeat } = delivery;
    if (alert.episode === undefined || alert.episode.role === 'escalates' || messageId === null) continue;
    if (told.get(place(delivery))?.size !== 1) continue;
    // A row that was delivered by changing a message does not say how that message was sent.
    const known = messages.get(shownKey(alert.episode.id, sink));
    if (known?.messageId === messageId) continue;
    const attempt = { number: attempts, mayRepeat };
    messages.set(shownKey(alert.episode.id, sink), { episodeId: alert.episode.id, sink, messageId, attempt });
  }
  return [...messages.values()];
};

/**
 * What earlier lives left of the episodes: those that are not over, with the messages that tell them. The store cannot list its
 * keys, so they are found through the alerts that opened them.
 */
export const keptEpisodes = (store: Store, remembered: Remembered, settings: EpisodeSettings): Observable<KeptEpisodes> =>
  defer(() => {
    const moments = momentsOf(remembered);
    const momentOf = ({ market }: Alert): number => moments.get(market) ?? 0;
    const openings = remembered.emitted.filter(
      (alert) =>
        alert.episode?.role === 'opens' &&
        alert.kind === 'single' &&
        alert.decisionTimeMs + episodeMsMax(settings) > momentOf(alert),
    );
    const all = <T>(each: readonly Observable<T>[]): Observable<readonly T[]> => forkJoin(each).pipe(defaultIfEmpty([]));

    const episode$ = all(
      openings.map((opened) =>
        store.get(EPISODES, opened.id).pipe(
          map((kept) => {
            const episode = episodeFrom(opened, kept);
            // By its deadline an episode has a record: that there is none means that it is over.
            const isOver = momentOf(opened) >= (kept === null ? deadlineMs(episode) : forgottenAtMs(episode, settings));
            return isOver ? null : episode;
          }),
        ),
      ),
    ).pipe(map((episodes) => episodes.filter((episode) => episode !== null)));

    return episode$.pipe(
      concatMap((episodes) => {
        if (episodes.length === 0) return of({ episodes, messages: [] });
        const ids = new Set(episodes.map(({ id }) => id));
        return store.scan('delivered').pipe(
          map((rows) => messagesOf(rows).filter(({ episodeId }) => ids.has(episodeId))),
          concatMap((messages) =>
            all(
              messages.map((message) =>
                store
                  .get(EPISODES, shownKey(message.episodeId, message.sink))
                  .pipe(map((shown): EpisodeMessage => ({ ...message, shown: typeof shown === 'number' ? shown : 1 }))),
              ),
            ),
          ),
          map((messages) => ({ episodes, messages })),
        );
      }),
    );
  });

/** The same as a pipeline is given it; nothing where every alert is told for itself. */
export const keptParts = (
  store: Store,
  remembered: Remembered,
  settings: EpisodeSettings | null,
): Observable<Pick<Parts, 'episodes'>> =>
  settings === null ? of({}) : keptEpisodes(store, remembered, settings).pipe(map((kept) => ({ episodes: { settings, kept } })));
