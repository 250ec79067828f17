import type { Alert } from '../../model/alert.js';
import type { Bar } from '../../model/bar.js';
import { decisionTimeMs } from '../../model/bar.js';
import type { Episode, EpisodeEntry, EpisodeSettings } from '../../model/episode.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';

/*
 * What makes an episode grow, fade and end. Pure, and each of them done twice is as if done once: a close that is judged again
 * after a crash changes nothing. The version is counted by who keeps them (episodes-book.ts).
 */

const GROUP_BARS = 4;
const GROUP_MS_MIN = 3_600_000;
const REPEAT_BARS = 16;
const REPEAT_MS_MIN = 4 * 3_600_000;
/** When the outcome is looked at, after the opening alert. */
const OUTCOME_MS = 3_600_000;
/** A bar that is so much too late will not come. */
const OUTCOME_WAIT_MS = 3_600_000;
/** A message older than this is read by nobody: what follows then is told anew. */
const LIFE_MS_MAX = 86_400_000;
/** An episode that is over is remembered for a while, so that its record never goes before its last close is durable. */
const LINGER_MS_MIN = 3_600_000;
/** The first and the newest: what a message lists, and what is written down with each change. */
const ENTRIES_MAX = 8;

const entryOf = (alert: Alert): EpisodeEntry => ({
  id: alert.id,
  rule: alert.rule,
  interval: alert.interval,
  decisionTimeMs: alert.decisionTimeMs,
  close: alert.bar.close,
  strength: alert.strength?.value ?? null,
});

/** The episode of the alert that opens it. */
export const openedBy = (alert: Alert): Episode => ({
  id: alert.id,
  market: alert.market,
  symbol: alert.symbol,
  direction: alert.direction,
  opened: { ...alert, episode: { id: alert.id, role: 'opens' } },
  entries: [entryOf(alert)],
  fired: 1,
  toldAtMs: alert.decisionTimeMs,
  furthest: { close: alert.bar.close, atMs: alert.decisionTimeMs },
  fadedAtMs: null,
  outcome: null,
  version: 1,
});

const isFurther = ({ direction, furthest }: Episode, close: number): boolean =>
  direction === 'up' ? close > furthest.close : close < furthest.close;

const grownAtMs = ({ furthest, entries }: Episode): number => Math.max(furthest.atMs, entries.at(-1)?.decisionTimeMs ?? 0);

const outcomeDueMs = ({ opened }: Episode): number => opened.decisionTimeMs + OUTCOME_MS;

/** By then the outcome is told, whether there was a bar or not. */
export const deadlineMs = (episode: Episode): number =>
  outcomeDueMs(episode) + OUTCOME_WAIT_MS + INTERVAL_MS[episode.opened.interval];

/** The time within which bars of a length follow one another in one episode. */
export const groupForMsOf = (interval: Interval, { groupForMs }: EpisodeSettings): number =>
  groupForMs === 'auto' ? Math.max(GROUP_MS_MIN, GROUP_BARS * INTERVAL_MS[interval]) : groupForMs;

/** The time after which an episode of such bars is told anew; `null`: never. */
export const repeatAfterMsOf = (interval: Interval, { repeatAfterMs }: EpisodeSettings): number | null =>
  repeatAfterMs === 'auto' ? Math.max(REPEAT_MS_MIN, REPEAT_BARS * INTERVAL_MS[interval]) : repeatAfterMs;

const takesInUntilMs = (episode: Episode, settings: EpisodeSettings): number => {
  const { interval, decisionTimeMs: openedAtMs } = episode.opened;
  const groupForMs = groupForMsOf(interval, settings);
  return Math.min(grownAtMs(episode) + groupForMs, openedAtMs + Math.max(LIFE_MS_MAX, groupForMs));
};

/** From then on the episode can be forgotten. */
export const forgottenAtMs = (episode: Episode, settings: EpisodeSettings): number =>
  Math.max(deadlineMs(episode), takesInUntilMs(episode, settings)) +
  Math.max(LINGER_MS_MIN, INTERVAL_MS[episode.opened.interval]);

/** How long before its last close an episode that is not over can have been opened. */
export const episodeMsMax = (settings: EpisodeSettings): number =>
  Math.max(LIFE_MS_MAX, groupForMsOf('1d', settings), OUTCOME_MS + OUTCOME_WAIT_MS + INTERVAL_MS['1d']) + INTERVAL_MS['1d'];

/** Whether what fires is a part of the episode; at equality it is not any more. */
export const takesIn = (episode: Episode, { decisionTimeMs: atMs }: Alert, settings: EpisodeSettings): boolean =>
  atMs < takesInUntilMs(episode, settings);

/** Whether an alert that is to be sent comes so long after the last one that was told that it is told anew. */
export const isDueAgain = (
  { opened, toldAtMs }: Episode,
  { decisionTimeMs: atMs }: Alert,
  settings: EpisodeSettings,
): boolean => {
  const repeatAfterMs = repeatAfterMsOf(opened.interval, settings);
  return repeatAfterMs !== null && atMs - toldAtMs >= repeatAfterMs;
};

/** The episode with one more alert; one that it knows changes nothing. */
export const withAlert = (episode: Episode, alert: Alert, isToldAnew: boolean): Episode => {
  if (episode.entries.some(({ id }) => id === alert.id)) return episode;
  const [first, ...rest] = episode.entries;
  const later = [...rest, entryOf(alert)].slice(-(ENTRIES_MAX - 1));
  const isGrowth = isFurther(episode, alert.bar.close);
  return {
    ...episode,
    entries: first === undefined ? later : [first, ...later],
    fired: episode.fired + 1,
    toldAtMs: isToldAnew ? Math.max(episode.toldAtMs, alert.decisionTimeMs) : episode.toldAtMs,
    ...(isGrowth ? { furthest: { close: alert.bar.close, atMs: alert.decisionTimeMs }, fadedAtMs: null } : {}),
  };
};

/** Whether the bar has given back half of the way from where the episode began to its furthest close. */
const givesBackHalf = ({ direction, opened, furthest }: Episode, close: number): boolean => {
  const way = furthest.close - opened.bar.open;
  if (direction === 'up' ? way <= 0 : way >= 0) return false;
  const half = opened.bar.open + way / 2;
  return direction === 'up' ? close <= half : close >= half;
};

const outcomeOf = (episode: Episode, bar: Bar, atMs: number): Episode['outcome'] => {
  const dueMs = outcomeDueMs(episode);
  if (episode.outcome !== null || atMs < dueMs) return episode.outcome;
  // The bar around that moment has not come if this one opens only then.
  return bar.openTimeMs < dueMs ? { atMs, close: bar.close } : { atMs: dueMs, close: null };
};

/** The episode after one more closed bar of its symbol, of any length. Once the next one of its direction has opened, `isLatest` is false. */
export const withBar = (episode: Episode, bar: Bar, settings: EpisodeSettings, isLatest = true): Episode => {
  const atMs = decisionTimeMs(bar);
  if (atMs <= episode.opened.decisionTimeMs) return episode;
  const grows = isLatest && atMs < takesInUntilMs(episode, settings);
  if (!grows && episode.outcome !== null) return episode;
  const outcome = outcomeOf(episode, bar, atMs);
  const told = outcome === episode.outcome ? episode : { ...episode, outcome };
  if (grows && isFurther(episode, bar.close)) return { ...told, furthest: { close: bar.close, atMs }, fadedAtMs: null };
  const fades = episode.fadedAtMs === null && atMs > episode.furthest.atMs && givesBackHalf(episode, bar.close);
  return fades ? { ...told, fadedAtMs: atMs } : told;
};

/** The episode at a moment of its market: an outcome that no bar tells is told to be unknown. */
export const atMoment = (episode: Episode, nowMs: number): Episode =>
  episode.outcome !== null || nowMs < deadlineMs(episode)
    ? episode
    : { ...episode, outcome: { atMs: outcomeDueMs(episode), close: null } };
