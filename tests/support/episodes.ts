import type { Observable } from 'rxjs';
import { defer, map, of } from 'rxjs';
import type { Alert } from '../../src/model/alert.js';
import { toAlert } from '../../src/model/alert.js';
import type { Close } from '../../src/model/close.js';
import type { Episode, EpisodeSettings, KeptEpisodes } from '../../src/model/episode.js';
import type { Judged } from '../../src/model/verdict.js';
import type { Attempt, Receipt, Sink } from '../../src/ports/sink.js';
import { barAt } from './bars.js';
import { closeAt, placed, verdictOf } from './parts.js';

export const HOUR_MS = 3_600_000;
export const GROUPED: EpisodeSettings = { groupForMs: HOUR_MS, repeatAfterMs: 4 * HOUR_MS };
export const NOTHING_KEPT: KeptEpisodes = { episodes: [], messages: [] };

/** What a bar of a move is: the price at its close, and who fires. */
const BAR = /^([\d.]+)([!?~^v]*)$/;

const alertOf = (judged: Judged, sign: string): Alert => {
  const fired = verdictOf({ rule: sign === '?' ? 'other' : 'loud', direction: sign === 'v' ? 'down' : 'up' });
  const alert = toAlert(judged, fired, 1);
  if (sign === '~') return { ...alert, suppressedBy: 'cooldown' };
  return sign === '^' ? { ...alert, escalates: 'before' } : alert;
};

/**
 * A move of one symbol, a close of 15 minutes for each price: `!` an alert is to be sent, `?` one of another rule, `^` one that
 * escalates, `~` one is withheld by the cooldown, `v` one for a fall is to be sent. A dash: the symbol has no bar.
 */
export const moveOf = (script: string, symbol = 'BTCUSDT'): readonly Close[] => {
  const tokens = script.split(/\s+/);
  const priceOf = (index: number): number =>
    Number(BAR.exec(tokens.slice(0, index).findLast((token) => token !== '-') ?? '')?.[1] ?? 100);
  return tokens.map((token, index) => {
    if (token === '-') return closeAt(index);
    const [, price = '', signs = ''] = BAR.exec(token) ?? [];
    const bar = placed(barAt(index, { symbol, close: Number(price), open: priceOf(index) }));
    const judged: Judged = { bar, values: {}, verdicts: [] };
    return closeAt(
      index,
      [...signs].map((sign) => alertOf(judged, sign)),
      { judged: [judged] },
    );
  });
};

export interface ShownMessage {
  readonly id: string;
  /** What it tells: an alert, or an episode at a version. */
  readonly tells: string;
  readonly attempt: Attempt | null;
}

export interface EditableFake extends Sink {
  readonly edit: NonNullable<Sink['edit']>;
  /** Every message, as it is now. */
  readonly messages: () => readonly ShownMessage[];
  readonly edits: readonly {
    readonly messageId: string;
    readonly episode: Episode;
    readonly attempt: Attempt;
    readonly atMs: number;
  }[];
  /** Somebody deletes a message. */
  readonly remove: (id: string) => void;
}

/** A sink whose messages can be changed. `editing` and `posting` say what becomes of a try before it has its effect. */
export const editableSink = ({
  name = 'fake',
  now = () => 0,
  posting = () => of(undefined),
  editing = () => of(undefined),
  gone = () => new Error('the message is gone'),
}: {
  readonly name?: string;
  readonly now?: () => number;
  readonly posting?: (n: number) => Observable<unknown>;
  readonly editing?: (n: number) => Observable<unknown>;
  readonly gone?: () => Error;
} = {}): EditableFake => {
  const messages = new Map<string, ShownMessage>();
  const edits: { messageId: string; episode: Episode; attempt: Attempt; atMs: number }[] = [];
  let [posted, edited] = [0, 0];
  const after = (first$: Observable<unknown>, effect: () => Receipt): Observable<Receipt> =>
    defer(() => first$.pipe(map(effect)));
  return {
    name,
    messages: () => [...messages.values()],
    edits,
    remove: (id) => void messages.delete(id),
    deliver: (alert, attempt) =>
      defer(() => {
        const id = `${name}-${++posted}`;
        return after(posting(posted), () => {
          messages.set(id, { id, tells: alert.id, attempt });
          return { messageId: id };
        });
      }),
    edit: (messageId, episode, attempt) =>
      defer(() =>
        after(editing(++edited), () => {
          const message = messages.get(messageId);
          if (message === undefined) throw gone();
          messages.set(messageId, { ...message, tells: `${episode.id} v${episode.version}` });
          edits.push({ messageId, episode, attempt, atMs: now() });
          return { messageId };
        }),
      ),
  };
};
