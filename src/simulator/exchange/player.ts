import type { Observable, SchedulerLike } from 'rxjs';
import { merge, Observable as Source, share } from 'rxjs';
import type { Market } from '../../model/series.js';
import { MARKETS } from '../../model/series.js';
import type { MarketClock } from '../../ports/context.js';
import { after, every } from './after.js';
import { runningBar, runningText } from './bars.js';
import type { Channel, Channels } from './channels.js';
import { klineEvent } from './kline-text.js';
import type { Tally } from './log.js';
import type { BarText } from './recording.js';
import type { FrameEdit, Script } from './script.js';
import { tell } from './tell.js';
import type { World } from './world.js';

export interface PlayerParts {
  readonly clock: MarketClock;
  readonly wireTime: SchedulerLike;
  readonly worlds: Readonly<Record<Market, World>>;
  readonly channels: Channels;
  readonly script: Script;
  readonly tally: Tally;
  readonly openEveryMs: Readonly<Record<Market, number>>;
  readonly topicsEveryMs: number;
  readonly closeDelayMs: number;
  /** What is due of the streams of a whole market, now. */
  readonly tellTopics: (market: Market) => void;
}

/** Does something `ms` of market time later, unless the player stops before. */
type Later = (ms: number, work: () => void) => void;

const eventTime = (nowMs: number): string => String(Math.floor(nowMs));

/** Any event of this bar, now, with what a script has put into it. */
export const tellBar = (parts: PlayerParts, channel: Channel, openTimeMs: number, bar: BarText, edit: FrameEdit = {}): number => {
  const event = klineEvent(channel, eventTime(parts.clock.now()), openTimeMs, bar, true);
  if (edit.set === undefined && edit.drop === undefined) return tell(parts, channel, event);
  const frame = JSON.parse(event) as { k: Record<string, unknown> };
  const kept = Object.entries({ ...frame.k, ...edit.set }).filter(([letter]) => edit.drop?.includes(letter) !== true);
  return tell(parts, channel, JSON.stringify({ ...frame, k: Object.fromEntries(kept) }));
};

/** The closing event of a bar, now. Nothing is told of a bar that does not exist. */
export const tellClosed = (parts: PlayerParts, channel: Channel, openTimeMs: number, edit?: FrameEdit): void => {
  const { symbol, lengthMs, recording, market } = channel;
  const bar = parts.worlds[market].bar(recording, { symbol, lengthMs, openTimeMs }, 'stream');
  if (bar === null || parts.script.isMuted(channel)) return;
  if (bar.trades === 0 && parts.script.hidesQuiet(market)) return;
  parts.tally.closedBarsSent += tellBar(parts, channel, openTimeMs, bar, edit);
};

/** A closing event that a script has a say in. */
const tellScripted = (parts: PlayerParts, channel: Channel, openTimeMs: number, later: Later): void => {
  const { script, tally, worlds } = parts;
  const closing = script.closing(channel.seriesKey, openTimeMs) ?? {};
  const { copies = 1, heldMs = 0, edit, revision } = closing;
  const act = (): void => {
    for (let copy = 0; copy < copies; copy++) tellClosed(parts, channel, openTimeMs, edit);
  };
  if (copies !== 1) tally.fault(copies === 0 ? 'skipClosedBar' : 'repeatClosedBar');
  if (edit !== undefined) tally.fault('spoilClosedBar');
  if (heldMs > 0) {
    tally.fault('delayClosedBar');
    later(heldMs, act);
  } else act();
  if (revision === undefined) return;
  later(heldMs + revision.afterMs, () => {
    tally.fault('reviseClosedBar');
    const { symbol, lengthMs } = channel;
    worlds[channel.market].revise({ symbol, lengthMs, openTimeMs }, revision.values, 'both');
    tellClosed(parts, channel, openTimeMs);
  });
};

/** Open bars of one market, as they stand now: only those in which something has traded since they were last told. */
const tellOpen = (parts: PlayerParts, market: Market): void => {
  const nowMs = parts.clock.now();
  const eventMs = eventTime(nowMs);
  const copies = parts.script.openCopies();
  for (const channel of parts.channels.of(market)) {
    const openTimeMs = Math.floor(nowMs / channel.lengthMs) * channel.lengthMs;
    // The stream of one series is in order: the next bar is not told before the last one's closing event is due.
    if (nowMs < openTimeMs + parts.closeDelayMs || parts.script.isMuted(channel)) continue;
    const bar = runningBar(channel.recording, channel.lengthMs, nowMs, channel.lost);
    if (bar === null || bar.volume === 0) continue;
    if (channel.toldOpenTimeMs === openTimeMs && channel.toldVolume === bar.volume) continue;
    channel.toldOpenTimeMs = openTimeMs;
    channel.toldVolume = bar.volume;
    const event = klineEvent(channel, eventMs, openTimeMs, runningText(channel.recording, bar), false);
    for (let copy = 0; copy < copies; copy++) tell(parts, channel, event);
  }
};

/** Closing events of all series whose bar ended at `endMs`. */
const tellEnds = (parts: PlayerParts, market: Market, endMs: number, later: Later): void => {
  for (const channel of parts.channels.of(market)) {
    if (endMs % channel.lengthMs !== 0) continue;
    const openTimeMs = endMs - channel.lengthMs;
    if (parts.script.closing(channel.seriesKey, openTimeMs) === null) tellClosed(parts, channel, openTimeMs);
    else tellScripted(parts, channel, openTimeMs, later);
  }
};

/** Plays one market. */
const play = (parts: PlayerParts, market: Market): Observable<never> =>
  new Source<never>((subscriber) => {
    const { clock, wireTime, closeDelayMs, script } = parts;
    const { stepMs } = parts.worlds[market];
    const later: Later = (ms, work) => {
      subscriber.add(after(ms, clock, work));
    };
    subscriber.add(every(parts.openEveryMs[market], wireTime, () => tellOpen(parts, market)));
    subscriber.add(every(parts.topicsEveryMs, wireTime, () => parts.tellTopics(market)));

    // Wakes at every end of a recorded bar plus the delay. A timer of the platform may fire early and waits at most an hour, so
    // the clock is asked each time what is due; ends that were slept through are made good in order.
    let endMs = (Math.floor((clock.now() - closeDelayMs) / stepMs) + 1) * stepMs;
    const wait = (): number => Math.max(0, endMs + closeDelayMs - clock.now());
    subscriber.add(
      clock.schedule(function () {
        for (; wait() === 0; endMs += stepMs) {
          const due = endMs;
          const extraMs = script.extraDelayMs();
          if (extraMs === 0) tellEnds(parts, market, due, later);
          else later(extraMs, () => tellEnds(parts, market, due, later));
        }
        this.schedule(undefined, wait());
      }, wait()),
    );
  });

/** Plays all markets that have something to play, while anyone is subscribed. */
export const createPlayer = (parts: PlayerParts): Observable<never> =>
  merge(...MARKETS.filter((market) => parts.worlds[market].stepMs > 0).map((market) => play(parts, market))).pipe(share());
