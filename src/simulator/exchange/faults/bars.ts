import { INTERVAL_MS } from '../../../model/interval.js';
import type { Market, Series } from '../../../model/series.js';
import type { MarketClock } from '../../../ports/context.js';
import { runningBar, runningText } from '../bars.js';
import type { Channel, Channels } from '../channels.js';
import type { Tally } from '../log.js';
import type { PlayerParts } from '../player.js';
import { tellBar, tellClosed } from '../player.js';
import type { BarText } from '../recording.js';
import type { FrameEdit, Place, Script, Undo } from '../script.js';
import type { World } from '../world.js';

/** What a script can do to bars. Open times are ms UTC; waits are market milliseconds. */
export interface BarFaults {
  /** No events of this symbol, of one interval or of all; REST still has its bars. */
  muteSeries(place: Place): Undo;
  /** The closing event of this bar is never sent. */
  skipClosedBar(series: Series, openTimeMs: number): Undo;
  /** The closing event of this bar is sent twice. */
  repeatClosedBar(series: Series, openTimeMs: number): Undo;
  /** The closing event of this bar comes so much later than usual: after the next one's, if it is longer than a bar. */
  delayClosedBar(series: Series, openTimeMs: number, ms: number): Undo;
  /** The closing event of this bar is sent with other letters: no `x`, an `x` that is false, times in microseconds, texts that are no numbers. */
  spoilClosedBar(series: Series, openTimeMs: number, edit: FrameEdit): Undo;
  /** After its closing event, so much later, a second one comes with other values, which REST shows too from then on. */
  reviseClosedBar(series: Series, openTimeMs: number, values: Partial<BarText>, afterMs?: number): Undo;
  /** Sends the closing event of a bar that has long closed, now. */
  resendClosedBar(series: Series, openTimeMs: number): void;
  /** Says now that the bar which is open has closed, with the values it has; or one so many bars ahead, with the same values. */
  closeEarly(series: Series, barsAhead?: number): void;
  /** Closing events come so many market milliseconds later than usual; open bars of the next bar overtake them. */
  delayCloses(ms: number): Undo;
  /** Bars without one trade have no closing event; REST still has them. */
  hideQuietCloses(market: Market): Undo;
  /** Each event is lost with this probability, for each connection by itself. */
  loseFrames(share: number): Undo;
  /** Each event of an open bar comes so many times. */
  storm(copies: number): Undo;
  /** Over REST this bar has other values than the stream has told. */
  contradictOverRest(series: Series, openTimeMs: number, values: Partial<BarText>): void;
  /** Bars that open from `fromMs` up to but not including `toMs` exist nowhere, as after a stop of the exchange; of one symbol or of all. */
  holeAtExchange(market: Market, fromMs: number, toMs: number, symbol?: string): void;
}

export interface BarFaultParts {
  readonly clock: MarketClock;
  readonly worlds: Readonly<Record<Market, World>>;
  readonly channels: Channels;
  readonly script: Script;
  readonly tally: Tally;
  readonly playerParts: PlayerParts;
}

const LATER_MS = 1_000;

export const createBarFaults = (parts: BarFaultParts): BarFaults => {
  const { clock, worlds, channels, script, tally, playerParts } = parts;

  const closeEarly = (channel: Channel, barsAhead: number): void => {
    const nowMs = clock.now();
    const bar = runningBar(channel.recording, channel.lengthMs, nowMs, channel.lost);
    if (bar === null) return;
    const openTimeMs = (Math.floor(nowMs / channel.lengthMs) + barsAhead) * channel.lengthMs;
    tellBar(playerParts, channel, openTimeMs, runningText(channel.recording, bar));
  };

  return {
    muteSeries: script.mute,
    skipClosedBar: (series, openTimeMs) => script.setClosing(series, openTimeMs, { copies: 0 }),
    repeatClosedBar: (series, openTimeMs) => script.setClosing(series, openTimeMs, { copies: 2 }),
    delayClosedBar: (series, openTimeMs, ms) => script.setClosing(series, openTimeMs, { heldMs: ms }),
    spoilClosedBar: (series, openTimeMs, edit) => script.setClosing(series, openTimeMs, { edit }),
    reviseClosedBar: (series, openTimeMs, values, afterMs = LATER_MS) =>
      script.setClosing(series, openTimeMs, { revision: { values, afterMs } }),
    resendClosedBar: (series, openTimeMs) => {
      const channel = channels.named(series);
      tally.fault('resendClosedBar');
      if (channel !== undefined) tellClosed(playerParts, channel, openTimeMs);
    },
    closeEarly: (series, barsAhead = 0) => {
      const channel = channels.named(series);
      tally.fault('closeEarly');
      if (channel !== undefined) closeEarly(channel, barsAhead);
    },
    delayCloses: script.delayCloses,
    hideQuietCloses: script.hideQuiet,
    loseFrames: script.loseFrames,
    storm: script.storm,
    contradictOverRest: ({ market, symbol, interval }, openTimeMs, values) => {
      tally.fault('contradictOverRest');
      worlds[market].revise({ symbol, lengthMs: INTERVAL_MS[interval], openTimeMs }, values, 'rest');
    },
    holeAtExchange: (market, fromMs, toMs, symbol) => {
      tally.fault('holeAtExchange');
      worlds[market].lose({ fromMs, toMs, symbol: symbol ?? null });
    },
  };
};
