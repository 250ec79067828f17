import type { Observable, SchedulerLike } from 'rxjs';
import { ignoreElements, interval, merge, Observable as Source, share, tap } from 'rxjs';
import type { Market } from '../../model/series.js';
import { MARKETS } from '../../model/series.js';
import type { MarketClock } from '../../ports/context.js';
import type { SimulatedSocketOut } from '../door.js';
import { after } from './after.js';
import { runningBar, runningText, wholeBar } from './bars.js';
import type { Channel, Channels } from './channels.js';
import { combinedEvent, klineEvent } from './kline-text.js';
import type { Tally } from './log.js';
import type { Script } from './script.js';
import type { World } from './world.js';

export interface PlayerParts {
  readonly clock: MarketClock;
  readonly wireTime: SchedulerLike;
  readonly worlds: Readonly<Record<Market, World>>;
  readonly channels: Channels;
  readonly script: Script;
  readonly tally: Tally;
  readonly openEveryMs: Readonly<Record<Market, number>>;
  readonly closeDelayMs: number;
}

/** Tells one event to everyone who listens: each of the two texts is written once, however many they are. */
const tell = ({ script, tally }: PlayerParts, channel: Channel, event: string): void => {
  let raw: SimulatedSocketOut | undefined;
  let combined: SimulatedSocketOut | undefined;
  for (const client of channel.clients) {
    if (client.hears !== 'all' || script.loses()) continue;
    tally.framesSent++;
    if (client.combined) client.send((combined ??= { kind: 'frame', text: combinedEvent(channel.nameJson, event) }));
    else client.send((raw ??= { kind: 'frame', text: event }));
  }
};

/** The closing event of a bar, now. Nothing is told of a bar that does not exist. */
export const tellClosed = (parts: PlayerParts, channel: Channel, openTimeMs: number): void => {
  const bar = wholeBar(channel.recording, channel.lengthMs, openTimeMs, parts.worlds[channel.market].lost);
  if (bar === null || parts.script.isMuted(channel)) return;
  const before = parts.tally.framesSent;
  tell(parts, channel, klineEvent(channel, Math.floor(parts.clock.now()), openTimeMs, bar, true));
  parts.tally.closedBarsSent += parts.tally.framesSent - before;
};

/** Open bars of one market, as they stand now: only those in which something has traded since they were last told. */
const tellOpen = (parts: PlayerParts, market: Market): void => {
  const nowMs = parts.clock.now();
  for (const channel of parts.channels.of(market)) {
    const openTimeMs = Math.floor(nowMs / channel.lengthMs) * channel.lengthMs;
    // The stream of one series is in order: the next bar is not told before the last one's closing event is due.
    if (nowMs < openTimeMs + parts.closeDelayMs || parts.script.isMuted(channel)) continue;
    const bar = runningBar(channel.recording, channel.lengthMs, nowMs, parts.worlds[market].lost);
    if (bar === null || bar.volume === 0) continue;
    if (channel.toldOpenTimeMs === openTimeMs && channel.toldVolume === bar.volume) continue;
    channel.toldOpenTimeMs = openTimeMs;
    channel.toldVolume = bar.volume;
    const text = runningText(channel.recording, bar);
    tell(parts, channel, klineEvent(channel, Math.floor(nowMs), openTimeMs, text, false));
  }
};

/** Closing events of all series whose bar ended at `endMs`. */
const tellEnds = (parts: PlayerParts, market: Market, endMs: number): void => {
  for (const channel of parts.channels.of(market)) {
    if (endMs % channel.lengthMs !== 0) continue;
    const openTimeMs = endMs - channel.lengthMs;
    const copies = parts.script.copiesOf(channel, openTimeMs);
    for (let copy = 0; copy < copies; copy++) tellClosed(parts, channel, openTimeMs);
  }
};

/**
 * Wakes at every end of a recorded bar plus the delay. A timer of the platform may fire early and waits at most an hour, so
 * the clock is asked each time what is due; ends that were slept through are made good in order.
 */
const ends = (parts: PlayerParts, market: Market): Observable<never> =>
  new Source<never>((subscriber) => {
    const { clock, closeDelayMs, script } = parts;
    const { stepMs } = parts.worlds[market];
    if (stepMs === 0) return;
    let endMs = (Math.floor((clock.now() - closeDelayMs) / stepMs) + 1) * stepMs;
    const wait = (): number => Math.max(0, endMs + closeDelayMs - clock.now());
    subscriber.add(
      clock.schedule(function () {
        for (; wait() === 0; endMs += stepMs) {
          const due = endMs;
          const extraMs = script.extraDelayMs();
          if (extraMs === 0) tellEnds(parts, market, due);
          else subscriber.add(after(extraMs, clock, () => tellEnds(parts, market, due)));
        }
        this.schedule(undefined, wait());
      }, wait()),
    );
  });

/** Plays all markets while anyone is subscribed. */
export const createPlayer = (parts: PlayerParts): Observable<never> =>
  merge(
    ...MARKETS.filter((market) => parts.worlds[market].stepMs > 0).flatMap((market) => [
      interval(parts.openEveryMs[market], parts.wireTime).pipe(tap(() => tellOpen(parts, market))),
      ends(parts, market),
    ]),
  ).pipe(ignoreElements(), share());
