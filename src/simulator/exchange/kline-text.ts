import type { BarText } from './recording.js';

/*
 * Frames and rows are put together as text: half of all work of a busy exchange is writing them. Key order is the wire's
 * (binance-protocol.md §5.2, §4.3); tests/simulator/likeness.spec.ts holds it against recorded ones.
 */

/** One series' place on the wire. */
export interface KlineHead {
  /** The symbol as a JSON string, quotes included. */
  readonly symbolJson: string;
  readonly lengthMs: number;
  /** What stands in an event between its time and its first trade; written once for each bar. */
  barText(openTimeMs: number): string;
}

export const createKlineHead = (symbol: string, interval: string, lengthMs: number): KlineHead => {
  const symbolJson = JSON.stringify(symbol);
  let [lastMs, lastText] = [Number.NaN, ''];
  return {
    symbolJson,
    lengthMs,
    barText: (openTimeMs) => {
      if (openTimeMs === lastMs) return lastText;
      lastMs = openTimeMs;
      lastText = `,"s":${symbolJson},"k":{"t":${openTimeMs},"T":${openTimeMs + lengthMs - 1},"s":${symbolJson},"i":"${interval}","f":`;
      return lastText;
    },
  };
};

/** A kline event as a raw connection gets it. `eventMs` is a time as text. */
export const klineEvent = (head: KlineHead, eventMs: string, openTimeMs: number, bar: BarText, closed: boolean): string =>
  `{"e":"kline","E":${eventMs}${head.barText(openTimeMs)}${bar.firstTradeId},"L":${bar.lastTradeId},` +
  `"o":"${bar.open}","c":"${bar.close}","h":"${bar.high}","l":"${bar.low}","v":"${bar.volume}","n":${bar.trades},` +
  `"x":${closed},"q":"${bar.quoteVolume}","V":"${bar.takerVolume}","Q":"${bar.takerQuoteVolume}","B":"0"}}`;

/** What a combined connection gets: the same in an envelope with the stream's name. */
export const combinedEvent = (nameJson: string, event: string): string => `{"stream":${nameJson},"data":${event}}`;

/** A row of GET klines. */
export const klineRow = (openTimeMs: number, lengthMs: number, bar: BarText): string =>
  `[${openTimeMs},"${bar.open}","${bar.high}","${bar.low}","${bar.close}","${bar.volume}",${openTimeMs + lengthMs - 1},` +
  `"${bar.quoteVolume}",${bar.trades},"${bar.takerVolume}","${bar.takerQuoteVolume}","0"]`;
