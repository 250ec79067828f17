import type { Market } from '../../model/series.js';

/** What one market allows and how it beats (binance-protocol.md §3, §4.1, §5.1, §6). Times in milliseconds. */
export interface Limits {
  /** Request weight per UTC clock minute and address. */
  readonly weightPerMinute: number;
  readonly streamsMax: number;
  /** Messages of a client in any one second, pings and pongs included; one more closes the connection. */
  readonly messagesPerSecondMax: number;
  /** A longer control message is swallowed without an answer; `null`: no such limit is known. */
  readonly controlBytesMax: number | null;
  readonly pathCharactersMax: number | null;
  readonly pingEveryMs: number;
  readonly pongWithinMs: number;
  /** Attempts to connect of one address in any five minutes; one more is answered 403. Known of spot only. */
  readonly attemptsPerFiveMinutes: number;
  /** Cadence of open bars. */
  readonly openEveryMs: number;
  /** Whether a message that is no JSON also ends the connection. */
  readonly closesOnInvalidJson: boolean;
  /** Whether 429 and 418 carry `Retry-After` by default. */
  readonly retryAfter: boolean;
}

export const LIMITS: Readonly<Record<Market, Limits>> = {
  usdm: {
    weightPerMinute: 2400,
    streamsMax: 1024,
    messagesPerSecondMax: 15,
    controlBytesMax: null,
    pathCharactersMax: null,
    pingEveryMs: 180_000,
    pongWithinMs: 600_000,
    attemptsPerFiveMinutes: 300,
    openEveryMs: 250,
    closesOnInvalidJson: true,
    retryAfter: false,
  },
  spot: {
    weightPerMinute: 6000,
    streamsMax: 1024,
    messagesPerSecondMax: 5,
    controlBytesMax: 4096,
    pathCharactersMax: 8004,
    pingEveryMs: 20_000,
    pongWithinMs: 60_000,
    attemptsPerFiveMinutes: 300,
    openEveryMs: 2_000,
    closesOnInvalidJson: false,
    retryAfter: true,
  },
};

/** The interval names the exchange accepts; only those that the monitor knows are made of a recording. */
const COMMON = '1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M'.split(' ');
export const WIRE_INTERVALS: Readonly<Record<Market, ReadonlySet<string>>> = {
  usdm: new Set(COMMON),
  spot: new Set(['1s', ...COMMON]),
};
