import type { Observable } from 'rxjs';
import { catchError, defer, EMPTY, map, throwError } from 'rxjs';
import type { Alert } from '../../model/alert.js';
import type { Close, EarlyNews } from '../../model/close.js';
import { isClose } from '../../model/close.js';
import type { Episode, EpisodeSettings, KeptEpisodes } from '../../model/episode.js';
import type { Attempt, Receipt, Sink } from '../../ports/sink.js';
import { DeliveryError } from '../../ports/sink.js';
import { forgottenAtMs } from './episodes-steps.js';

/** A sink whose messages can be changed. */
export type EditableSink = Sink & Required<Pick<Sink, 'edit'>>;

export const isEditable = (sink: Sink): sink is EditableSink => sink.edit !== undefined;

/** An episode and its message. `messageId: null`: there is none, or none that tells this episode alone. */
export interface Told {
  readonly episode: Episode;
  readonly messageId: string | null;
  /** How the message was sent. */
  readonly attempt: Attempt;
  /** The version that the message shows. */
  readonly shown: number;
  /** The version that the store knows it shows; 0: it knows nothing. */
  readonly saved: number;
  /** Wire time before which it is left as it is. */
  readonly restUntilMs: number;
  /** Tries since it was last changed. */
  readonly tries: number;
}

/** What a sink shows of the episodes that are not over. */
export interface Desk {
  /** The sink, which changes the message of an episode where it would post an alert that joins it. */
  readonly sink: Sink;
  learn(told: Close | EarlyNews): void;
  all(): readonly Told[];
  /** Changes what is known of a message, unless it is another one by now, or its episode is over. */
  note(of: Told, change: Partial<Omit<Told, 'episode'>>): void;
  /** Ids of episodes that are over, of which the store knows something; each is told once. */
  takeForgotten(): readonly string[];
}

export interface DeskOptions {
  readonly settings: EpisodeSettings;
  readonly kept: KeptEpisodes;
  /** Wire milliseconds between two changes of one message. */
  readonly everyMs: number;
  /** For so long what a close sends comes first: a joining alert may tell the same. */
  readonly afterMs: number;
  readonly nowMs: () => number;
}

/** In an attempt of an escalation, the message of the episode that it belongs to. */
const belonging = (alert: Alert, attempt: Attempt, told: Told | undefined): Attempt =>
  alert.episode?.role !== 'escalates' || told === undefined
    ? attempt
    : { ...attempt, escalates: { episode: told.episode, messageId: told.messageId } };

const FRESH = { messageId: null, attempt: { number: 1, mayRepeat: false }, shown: 0, saved: 0, restUntilMs: 0, tries: 0 };

export const createDesk = (sink: EditableSink, { settings, kept, everyMs, afterMs, nowMs }: DeskOptions): Desk => {
  const desk = new Map<string, Told>();
  let forgotten: readonly string[] = [];
  const enter = (episode: Episode, restUntilMs: number): void => {
    const known = desk.get(episode.id) ?? FRESH;
    desk.set(episode.id, { ...known, episode, restUntilMs: Math.max(known.restUntilMs, restUntilMs) });
  };
  for (const episode of kept.episodes) enter(episode, 0);
  for (const { episodeId, sink: name, messageId, shown, attempt } of kept.messages) {
    const told = desk.get(episodeId);
    if (name === sink.name && told !== undefined) desk.set(episodeId, { ...told, messageId, attempt, shown, saved: shown });
  }

  const note: Desk['note'] = ({ episode, messageId }, change) => {
    const told = desk.get(episode.id);
    if (told?.messageId === messageId) desk.set(episode.id, { ...told, ...change });
  };

  const toldOf = ({ episode }: Alert): Told | undefined => (episode === undefined ? undefined : desk.get(episode.id));

  /** The message whose change tells an alert that joins. */
  const messageFor = (alert: Alert): (Told & { readonly messageId: string }) | null => {
    const told = alert.episode?.role === 'joins' ? toldOf(alert) : undefined;
    return told === undefined || told.messageId === null ? null : { ...told, messageId: told.messageId };
  };

  /** A new message of this alert alone tells its episode from now on; an escalation keeps its own. */
  const posted = (alert: Alert, { number, mayRepeat }: Attempt, { messageId }: Receipt): void => {
    const told = toldOf(alert);
    if (told === undefined || alert.episode?.role === 'escalates') return;
    // What tells the alert that opened it tells the whole episode as it was then.
    const shown = alert.episode?.role === 'opens' ? 1 : 0;
    const attempt = { number, mayRepeat };
    desk.set(told.episode.id, { ...told, messageId, attempt, shown, saved: 0, restUntilMs: nowMs() + everyMs, tries: 0 });
  };

  const post = (alert: Alert, attempt: Attempt): Observable<Receipt> =>
    sink.deliver(alert, belonging(alert, attempt, toldOf(alert))).pipe(
      map((receipt) => {
        posted(alert, attempt, receipt);
        return receipt;
      }),
    );

  const deliver: Sink['deliver'] = (alert, attempt) =>
    defer(() => {
      const told = messageFor(alert);
      if (told === null) return post(alert, attempt);
      const { episode, messageId } = told;
      return sink.edit(messageId, episode, told.attempt).pipe(
        map(() => {
          note(told, { shown: episode.version, restUntilMs: nowMs() + everyMs, tries: 0 });
          return { messageId };
        }),
        catchError((error: unknown) => {
          if (!(error instanceof DeliveryError) || error.failure !== 'dead') return throwError(() => error);
          // Somebody has taken the message away: what comes now is told for itself.
          note(told, { messageId: null });
          return post(alert, attempt);
        }),
      );
    });

  return {
    sink: {
      ...sink,
      deliver,
      // One message for several is the message of none of them: it cannot be made to tell one. Several of one episode have theirs.
      ...(sink.deliverBatch === undefined
        ? {}
        : {
            deliverBatch: (postings) =>
              (
                sink.deliverBatch?.(
                  postings.map(({ alert, attempt }) => ({ alert, attempt: belonging(alert, attempt, toldOf(alert)) })),
                ) ?? EMPTY
              ).pipe(
                map((receipt) => {
                  const [first, ...others] = postings;
                  const isOne = others.every(({ alert }) => alert.episode?.id === first?.alert.episode?.id);
                  if (first !== undefined && isOne) posted(first.alert, first.attempt, receipt);
                  return receipt;
                }),
              ),
          }),
      isToldAlone: (alert) => messageFor(alert) !== null || sink.isToldAlone?.(alert) === true,
    },
    learn: (told) => {
      if (!isClose(told) || (told.episodes === undefined && desk.size === 0)) return;
      for (const episode of told.episodes ?? []) enter(episode, nowMs() + afterMs);
      if (told.late || told.revision === true) return;
      for (const { episode, saved } of desk.values()) {
        if (episode.market !== told.market || told.decisionTimeMs < forgottenAtMs(episode, settings)) continue;
        desk.delete(episode.id);
        if (saved > 0) forgotten = [...forgotten, episode.id];
      }
    },
    all: () => [...desk.values()],
    note,
    takeForgotten: () => {
      const taken = forgotten;
      forgotten = [];
      return taken;
    },
  };
};
