import { EXACT_DIGITS_MAX, POINT, POWERS_OF_TEN, ZERO } from './decimal.js';
import type { BarNumbers } from './door.js';

/*
 * A closed bar read straight off the bytes of its frame: less work than decoding it as text, and next to no garbage, which counts
 * when thousands of bars close at once. It takes the one layout that the exchange sends (kline.ts) with plain decimals of at
 * most 15 digits and ASCII names; of anything else it says `null`, and the frame is read as text.
 */

/** A closed bar whose numbers have been read. The letters are those of `WireKline`. */
export interface DecodedKline {
  readonly s: string;
  readonly i: string;
  readonly t: number;
  readonly x: true;
  readonly numbers: BarNumbers;
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** What stands between the values, in this order. */
const ENVELOPE = bytesOf('{"stream":"');
const DATA = bytesOf('","data":');
const EVENT = bytesOf('{"e":"kline","E":');
const NAMED = bytesOf(',"s":"');
const BAR = bytesOf('","k":{"t":');
const CLOSE_TIME = bytesOf(',"T":');
const SYMBOL = bytesOf(',"s":"');
const INTERVAL = bytesOf('","i":"');
const FIRST_TRADE = bytesOf('","f":');
const LAST_TRADE = bytesOf(',"L":');
const OPEN = bytesOf(',"o":"');
const CLOSE = bytesOf('","c":"');
const HIGH = bytesOf('","h":"');
const LOW = bytesOf('","l":"');
const VOLUME = bytesOf('","v":"');
const TRADES = bytesOf('","n":');
const CLOSED = bytesOf(',"x":true,"q":"');
const TAKER = bytesOf('","V":"');
const TAKER_QUOTE = bytesOf('","Q":"');
const IGNORED = bytesOf('","B":"');
const END = bytesOf('"}}');

const MINUS = 0x2d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ASCII_END = 0x7f;
const BRACE = 0x7d;

/** Not as expected: whatever is read from here on stays there. */
const OFF = -1;
/** The number that was read last. */
const read = new Float64Array(1);

/** Each of these takes the place where it begins and gives the place behind, or `OFF`. */
const skip = (frame: Buffer, at: number, expected: Uint8Array): number => {
  if (at < 0) return OFF;
  for (let i = 0; i < expected.length; i++) if (frame[at + i] !== expected[i]) return OFF;
  return at + expected.length;
};

/** Digits that stand for themselves: no needless 0 before them, and no more than a double keeps. */
const whole = (frame: Buffer, from: number): number => {
  if (from < 0) return OFF;
  let at = from;
  let value = 0;
  for (let digit = (frame[at] as number) - ZERO; digit >= 0 && digit <= 9; digit = (frame[++at] as number) - ZERO)
    value = value * 10 + digit;
  const digits = at - from;
  if (digits === 0 || digits > EXACT_DIGITS_MAX || (digits > 1 && frame[from] === ZERO)) return OFF;
  read[0] = value;
  return at;
};

/** A trade's number, which may be -1, and is not looked at. */
const passWhole = (frame: Buffer, at: number): number => whole(frame, at >= 0 && frame[at] === MINUS ? at + 1 : at);

/** One division of two numbers that are exact rounds once, as `Number` does of the text. */
const decimal = (frame: Buffer, from: number): number => {
  if (from < 0) return OFF;
  let at = from;
  let value = 0;
  let point = -1;
  for (; ; at++) {
    const byte = frame[at] as number;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (byte === POINT && point < 0) point = at;
    else break;
  }
  const decimals = point < 0 ? 0 : at - point - 1;
  const before = (point < 0 ? at : point) - from;
  if (before === 0 || before + decimals > EXACT_DIGITS_MAX || (point >= 0 && decimals === 0)) return OFF;
  read[0] = value / (POWERS_OF_TEN[decimals] as number);
  return at;
};

/** A plain ASCII text, up to its closing mark. */
const passText = (frame: Buffer, from: number): number => {
  if (from < 0) return OFF;
  let at = from;
  let byte = frame[at] as number;
  while (byte !== QUOTE && byte >= SPACE && byte < ASCII_END && byte !== BACKSLASH) byte = frame[++at] as number;
  return byte === QUOTE ? at : OFF;
};

/** The last interval read: nearly always the next one too. */
let intervalBytes = bytesOf('1m');
let interval = '1m';

const intervalAt = (frame: Buffer, from: number, to: number): string => {
  if (to - from === intervalBytes.length && skip(frame, from, intervalBytes) >= 0) return interval;
  interval = frame.toString('latin1', from, to);
  intervalBytes = bytesOf(interval);
  return interval;
};

/** The closed bar that a frame of the known layout holds; `null` for every other frame. Never throws, whatever the bytes. */
export const decodeClosed = (frame: Buffer): DecodedKline | null => {
  const bare = skip(frame, 0, EVENT);
  const isEnveloped = bare < 0;
  let at = isEnveloped ? skip(frame, skip(frame, passText(frame, skip(frame, 0, ENVELOPE)), DATA), EVENT) : bare;
  if (at < 0) return null;
  at = passText(frame, skip(frame, passWhole(frame, at), NAMED));
  at = whole(frame, skip(frame, at, BAR));
  const openTime = read[0] as number;
  at = whole(frame, skip(frame, at, CLOSE_TIME));
  const closeTime = read[0] as number;
  const symbolAt = skip(frame, at, SYMBOL);
  const symbolEnd = passText(frame, symbolAt);
  const intervalFrom = skip(frame, symbolEnd, INTERVAL);
  const intervalTo = passText(frame, intervalFrom);
  at = passWhole(frame, skip(frame, intervalTo, FIRST_TRADE));
  at = passWhole(frame, skip(frame, at, LAST_TRADE));
  at = decimal(frame, skip(frame, at, OPEN));
  const open = read[0] as number;
  at = decimal(frame, skip(frame, at, CLOSE));
  const close = read[0] as number;
  at = decimal(frame, skip(frame, at, HIGH));
  const high = read[0] as number;
  at = decimal(frame, skip(frame, at, LOW));
  const low = read[0] as number;
  at = decimal(frame, skip(frame, at, VOLUME));
  const volume = read[0] as number;
  at = whole(frame, skip(frame, at, TRADES));
  const trades = read[0] as number;
  at = decimal(frame, skip(frame, at, CLOSED));
  const quoteVolume = read[0] as number;
  at = decimal(frame, skip(frame, at, TAKER));
  const takerVolume = read[0] as number;
  at = decimal(frame, skip(frame, at, TAKER_QUOTE));
  const takerQuoteVolume = read[0] as number;
  const ignored = skip(frame, at, IGNORED);
  at = skip(frame, ignored < 0 ? at : passText(frame, ignored), END);
  if (isEnveloped) at = at >= 0 && frame[at] === BRACE ? at + 1 : OFF;
  if (at !== frame.length) return null;
  return {
    s: frame.toString('latin1', symbolAt, symbolEnd),
    i: intervalAt(frame, intervalFrom, intervalTo),
    t: openTime,
    x: true,
    numbers: { openTime, closeTime, open, high, low, close, volume, quoteVolume, trades, takerVolume, takerQuoteVolume },
  };
};
