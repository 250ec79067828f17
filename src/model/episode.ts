import type { Alert } from './alert.js';
import type { Interval } from './interval.js';
import type { Market } from './series.js';
import type { Direction } from './verdict.js';

/**
 * What an alert is to its episode: the first of it, one more that its message takes in, or a step so large that it is told anew.
 */
export type EpisodeRole = 'opens' | 'joins' | 'escalates';

/** One alert of an episode, as its message lists it. */
export interface EpisodeEntry {
  readonly id: string;
  readonly rule: string;
  readonly interval: Interval;
  readonly decisionTimeMs: number;
  /** The close of its bar, in the quote asset. */
  readonly close: number;
  /** 0…10; `null` where there is none. */
  readonly strength: number | null;
}

/**
 * One move of one symbol in one direction, from the alert that opened it to its outcome: what one message tells. Plain JSON: it is
 * kept in the store, and outlives a restart.
 */
export interface Episode {
  /** The id of the alert that opened it. */
  readonly id: string;
  readonly market: Market;
  readonly symbol: string;
  readonly direction: Direction;
  readonly opened: Alert;
  /** The opening one first, then the newest few; those that fired while a cooldown held are among them. */
  readonly entries: readonly EpisodeEntry[];
  /** How many there were in all. */
  readonly fired: number;
  /** Decision time of the alert that was last told anew: the opening one, or an escalation. */
  readonly toldAtMs: number;
  /** The furthest close in the episode's direction so far, and the decision time of its bar. */
  readonly furthest: { readonly close: number; readonly atMs: number };
  /** When half of the way from the opening bar's open to the furthest close was given back; `null`: not so far. */
  readonly fadedAtMs: number | null;
  /** What became of it an hour after it opened, or when the bar around that hour closed; `null`: not known yet. `close` is `null` when there was no bar to tell. */
  readonly outcome: { readonly atMs: number; readonly close: number | null } | null;
  /** Counts the changes that a message shows. */
  readonly version: number;
}

/** How long an episode takes in what follows, and when it is told anew. Times are bar time in milliseconds. */
export interface EpisodeSettings {
  /** An episode takes in what follows within this time of its last growth; `auto`: four of its bars, at least an hour. */
  readonly groupForMs: number | 'auto';
  /** What follows so long after it was last told opens the next; `auto`: 16 of its bars, at least four hours; `null`: nothing does. */
  readonly repeatAfterMs: number | 'auto' | null;
}

/** The message that tells an episode at one sink, and the version that it shows. */
export interface EpisodeMessage {
  readonly episodeId: string;
  readonly sink: string;
  readonly messageId: string;
  readonly shown: number;
  /** How it was sent: the copy number, and whether an earlier copy may have arrived. */
  readonly attempt: { readonly number: number; readonly mayRepeat: boolean };
}

/** What earlier lives left of episodes that are not over. */
export interface KeptEpisodes {
  readonly episodes: readonly Episode[];
  readonly messages: readonly EpisodeMessage[];
}
