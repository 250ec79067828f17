import { decisionTimeMs } from '../../model/bar.js';
import type { Alert } from '../../model/alert.js';
import type { Episode } from '../../model/episode.js';
import type { Announcement, Posting } from '../../ports/sink.js';
import { codePoints, cutTo, NAME_CODE_POINTS_MAX, plain } from '../words/plain.js';
import { isoTime } from '../words/times.js';

/*
 * What a receiver is sent. Version 1: fields may be added; none changes its meaning or goes without another version.
 *
 * {"type": "momentum.alert", "timestamp": "2026-08-06T12:15:00.000Z", "data": {
 *   "version": 1, "id": "abcdefghijklmnop", "sink": "webhook", "attempt": 1, "mayRepeat": false,
 *   "text": "what a person would be told, in lines",
 *   "alert": {"id": …, "rule": …, "symbol": …, "direction": "up", "bar": {…}, "measures": {…}, "conditions": […], …}}}
 *
 * `insteadOf` stands there when another sink did not take the alert: its name, and whether it may have it all the same.
 *
 * `momentum.alerts` has `data.alerts`, a list of such `data` without `version` and `sink`; `momentum.episode` has the `id` of the
 * alert that opened it, `change` (counts up), `text`, `entries`, `fired`, `furthest`, `fadedAtMs` and `outcome`;
 * `momentum.announcement` has `title` and `lines`; `momentum.test` has `text`. A number that is none is null. `omitted` names the
 * parts of the alert that were left out because they are larger than a body should be.
 */
export const BODY_VERSION = 1;

/** Bodies are to stay below some 20 kB (Standard Webhooks 1.0.0); several alerts have as much each. */
export const EVENT_BYTES_MAX = 20_000;
const TEXT_CODE_POINTS_MAX = 2_000;
const LINES_MAX = 50;
const LINE_CODE_POINTS_MAX = 200;
/** Leaves room for everything around one alert. */
const ALERT_BYTES_MAX = 11_000;

/** What can be missed most easily goes first; what an alert is named by stays. */
const OMITTABLE = ['peers', 'leaders', 'reasons', 'measures', 'marks', 'strength', 'conditions'] as const;

type Told = (posting: Posting) => string;

/** The alert within its room, and what was left out for that. Text that is no name is cut last. */
const fitAlert = (alert: Alert): { readonly alert: Partial<Alert>; readonly omitted: readonly string[] } => {
  let fitted: Partial<Alert> = alert;
  const omitted: string[] = [];
  const isTooLarge = (): boolean => Buffer.byteLength(JSON.stringify(fitted)) > ALERT_BYTES_MAX;
  for (const part of OMITTABLE) {
    if (!isTooLarge()) break;
    if (fitted[part] === undefined) continue;
    const { [part]: _, ...rest } = fitted;
    fitted = rest;
    omitted.push(part);
  }
  if (isTooLarge()) {
    fitted = {
      ...fitted,
      symbol: cutTo(plain(alert.symbol), NAME_CODE_POINTS_MAX),
      rule: cutTo(plain(alert.rule), NAME_CODE_POINTS_MAX),
    };
    omitted.push('symbol', 'rule');
  }
  return { alert: fitted, omitted };
};

const dataOf = (posting: Posting, tell: Told): { readonly data: Readonly<Record<string, unknown>>; readonly isCut: boolean } => {
  const { alert, attempt } = posting;
  const fitted = fitAlert(alert);
  const text = tell(posting);
  return {
    data: {
      id: alert.id,
      attempt: attempt.number,
      mayRepeat: attempt.mayRepeat,
      ...(attempt.insteadOf === undefined ? {} : { insteadOf: attempt.insteadOf }),
      text: cutTo(text, TEXT_CODE_POINTS_MAX),
      alert: fitted.alert,
      ...(fitted.omitted.length === 0 ? {} : { omitted: fitted.omitted }),
    },
    isCut: fitted.omitted.length > 0 || codePoints(text) > TEXT_CODE_POINTS_MAX,
  };
};

export interface Body {
  readonly text: string;
  /** True when something was left out to keep within the limit. */
  readonly isCut: boolean;
}

const timeOf = ({ alert }: Posting): string | null => isoTime(decisionTimeMs(alert));

/** One alert. */
export const alertBody = (sink: string, posting: Posting, tell: Told): Body => {
  const { data, isCut } = dataOf(posting, tell);
  const event = { type: 'momentum.alert', timestamp: timeOf(posting), data: { version: BODY_VERSION, sink, ...data } };
  return { text: JSON.stringify(event), isCut };
};

/** Several alerts, in their order; the event's time is that of the last. */
export const alertsBody = (sink: string, postings: readonly Posting[], tell: Told): Body => {
  const told = postings.map((posting) => dataOf(posting, tell));
  const last = postings.at(-1);
  const event = {
    type: 'momentum.alerts',
    timestamp: last === undefined ? null : timeOf(last),
    data: { version: BODY_VERSION, sink, alerts: told.map(({ data }) => data) },
  };
  return { text: JSON.stringify(event), isCut: told.some(({ isCut }) => isCut) };
};

const line = (text: string): string => cutTo(plain(text), LINE_CODE_POINTS_MAX);

/** What has become of an alert that was told: the episode it opened, as it is now. */
export const episodeBody = (sink: string, episode: Episode, text: string): string => {
  const { id, version: change, entries, fired, furthest, fadedAtMs, outcome } = episode;
  const told = { id, change, text: cutTo(text, TEXT_CODE_POINTS_MAX), entries, fired, furthest, fadedAtMs, outcome };
  const atMs = Math.max(furthest.atMs, fadedAtMs ?? 0, outcome?.atMs ?? 0, ...entries.map((entry) => entry.decisionTimeMs));
  return JSON.stringify({ type: 'momentum.episode', timestamp: isoTime(atMs), data: { version: BODY_VERSION, sink, ...told } });
};

export const announcementBody = (sink: string, { title, lines }: Announcement, atMs: number): string =>
  JSON.stringify({
    type: 'momentum.announcement',
    timestamp: isoTime(atMs),
    data: { version: BODY_VERSION, sink, title: line(title), lines: lines.slice(0, LINES_MAX).map(line) },
  });

export const testBody = (sink: string, text: string, atMs: number): string =>
  JSON.stringify({ type: 'momentum.test', timestamp: isoTime(atMs), data: { version: BODY_VERSION, sink, text } });
