import type { Episode, EpisodeEntry } from '../../model/episode.js';
import { strengthText } from '../../model/strength.js';
import { notAvailable } from './facts.js';
import { changeText, pricesOf } from './numbers.js';
import { cutTo, NAME_CODE_POINTS_MAX, plain } from './plain.js';

/** One thing that an episode says, and when it happened. */
export interface EpisodeLine {
  /** `null` where the line says when. */
  readonly atMs: number | null;
  readonly text: string;
}

export interface ToldEpisode {
  /** From the open of the bar that opened it to its furthest close, signed. */
  readonly change: string;
  /** The strongest of its alerts; `null` where none has a strength. */
  readonly strength: number | null;
  readonly lines: readonly EpisodeLine[];
}

/** Of the newest; the opening one is always told. */
const NEWEST_SHOWN = 5;

const changeBetween = (from: number, to: number): string => {
  const percent = 100 * (to / from - 1);
  return from !== 0 && Number.isFinite(percent) ? changeText(percent) : notAvailable(undefined);
};

const entryText = ({ rule, interval, close, strength }: EpisodeEntry, price: (value: number) => string): string => {
  const said = strength === null || !Number.isFinite(strength) ? '' : ` · ${strengthText(strength)} of 10`;
  return `${interval} ${cutTo(plain(rule), NAME_CODE_POINTS_MAX)} at ${price(close)}${said}`;
};

/** An episode in words: its alerts, how far it went, what was given back, and what became of it. Never throws. */
export const tellEpisode = ({ opened, entries, fired, furthest, fadedAtMs, outcome }: Episode): ToldEpisode => {
  const closes = [furthest.close, ...entries.map(({ close }) => close), ...(outcome?.close == null ? [] : [outcome.close])];
  const write = pricesOf(closes);
  const price = (value: number): string => (Number.isFinite(value) ? write(value) : notAvailable(undefined));
  const line = (entry: EpisodeEntry): EpisodeLine => ({ atMs: entry.decisionTimeMs, text: entryText(entry, price) });
  const [first, ...others] = entries;
  const newest = others.slice(-NEWEST_SHOWN);
  const between = Math.max(fired, entries.length) - newest.length - (first === undefined ? 0 : 1);
  const strengths = entries.flatMap(({ strength }) => (strength === null || !Number.isFinite(strength) ? [] : [strength]));
  const outcomeText = (close: number | null): string =>
    close === null
      ? `an hour on: ${notAvailable('no bar tells it')}`
      : `an hour on: ${price(close)}, ${changeBetween(opened.bar.close, close)} from the first alert`;
  return {
    change: changeBetween(opened.bar.open, furthest.close),
    strength: strengths.length === 0 ? null : Math.max(...strengths),
    lines: [
      ...(first === undefined ? [] : [line(first)]),
      ...(between > 0 ? [{ atMs: null, text: `${between} more in between` }] : []),
      ...newest.map(line),
      { atMs: furthest.atMs, text: `furthest ${price(furthest.close)}` },
      ...(fadedAtMs === null ? [] : [{ atMs: fadedAtMs, text: 'half of the way given back' }]),
      ...(outcome === null ? [] : [{ atMs: outcome.atMs, text: outcomeText(outcome.close) }]),
    ],
  };
};
