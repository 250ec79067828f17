import type { BarNumbers } from './door.js';

/*
 * A closed bar read straight off the bytes of its frame: a quarter of the work of decoding text, and next to no garbage, which
 * counts when thousands of bars close at once. It takes the one layout that the exchange sends (kline.ts) with plain decimals of at
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

const [ENVELOPE, DATA, EVENT] = ['{"stream":"', '","data":', '{"e":"kline","E":'].map(bytesOf) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const [NAMED, BAR, CLOSE_TIME, SYMBOL, INTERVAL, FIRST_TRADE, LAST_TRADE] = [
  ',"s":"',
  '","k":{"t":',
  ',"T":',
  ',"s":"',
  '","i":"',
  '","f":',
  ',"L":',
].map(bytesOf) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const [OPEN, CLOSE, HIGH, LOW, VOLUME, TRADES, CLOSED, TAKER, TAKER_QUOTE, IGNORED, END] = [
  ',"o":"',
  '","c":"',
  '","h":"',
  '","l":"',
  '","v":"',
  '","n":',
  ',"x":true,"q":"',
  '","V":"',
  '","Q":"',
  '","B":"',
  '"}}',
].map(bytesOf) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

const ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ASCII_END = 0x7f;
const BRACE = 0x7d;
/** Digits that a double always keeps. */
const DIGITS_MAX = 15;
const POWERS_OF_TEN = Array.from({ length: DIGITS_MAX + 1 }, (_, exponent) => 10 ** exponent);

/** Where reading stands. It is over as soon as something is not as expected; one frame is read at a time. */
let at = 0;
let isOff = false;

const off = (): number => {
  isOff = true;
  return 0;
};

const skip = (frame: Buffer, expected: Uint8Array): void => {
  for (let i = 0; i < expected.length; i++) if (frame[at + i] !== expected[i]) isOff = true;
  at += expected.length;
};

const follows = (frame: Buffer, expected: Uint8Array): boolean => {
  for (let i = 0; i < expected.length; i++) if (frame[at + i] !== expected[i]) return false;
  return true;
};

/** Digits that stand for themselves: no needless 0 before them, and no more than a double keeps. */
const whole = (frame: Buffer): number => {
  const start = at;
  let value = 0;
  for (let digit = (frame[at] as number) - ZERO; digit >= 0 && digit <= 9; digit = (frame[++at] as number) - ZERO)
    value = value * 10 + digit;
  const digits = at - start;
  return digits === 0 || digits > DIGITS_MAX || (digits > 1 && frame[start] === ZERO) ? off() : value;
};

/** A trade's number, which may be -1, and is not looked at. */
const passWhole = (frame: Buffer): void => {
  if (frame[at] === MINUS) at++;
  whole(frame);
};

/** One division of two numbers that are exact rounds once, as `Number` does of the text. */
const decimal = (frame: Buffer): number => {
  const start = at;
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
  const before = (point < 0 ? at : point) - start;
  if (before === 0 || before + decimals > DIGITS_MAX || (point >= 0 && decimals === 0)) return off();
  return value / (POWERS_OF_TEN[decimals] as number);
};

/** Moves behind a plain ASCII text, to its closing mark. */
const passText = (frame: Buffer): void => {
  let byte = frame[at] as number;
  while (byte !== QUOTE && byte >= SPACE && byte < ASCII_END && byte !== BACKSLASH) byte = frame[++at] as number;
  if (byte !== QUOTE) isOff = true;
};

/** The last interval read: nearly always the next one too. */
let intervalBytes = bytesOf('1m');
let interval = '1m';

const readInterval = (frame: Buffer): string => {
  const start = at;
  passText(frame);
  if (at - start === intervalBytes.length) {
    let isSame = true;
    for (let i = 0; i < intervalBytes.length; i++) if (frame[start + i] !== intervalBytes[i]) isSame = false;
    if (isSame) return interval;
  }
  interval = frame.toString('latin1', start, at);
  intervalBytes = bytesOf(interval);
  return interval;
};

/** The closed bar that a frame of the known layout holds; `null` for every other frame. Never throws, whatever the bytes. */
export const decodeClosed = (frame: Buffer): DecodedKline | null => {
  at = 0;
  isOff = false;
  const isEnveloped = follows(frame, ENVELOPE);
  if (isEnveloped) {
    at += ENVELOPE.length;
    passText(frame);
    skip(frame, DATA);
  }
  skip(frame, EVENT);
  if (isOff) return null;
  passWhole(frame);
  skip(frame, NAMED);
  passText(frame);
  skip(frame, BAR);
  const openTime = whole(frame);
  skip(frame, CLOSE_TIME);
  const closeTime = whole(frame);
  skip(frame, SYMBOL);
  const symbolAt = at;
  passText(frame);
  const symbolEnd = at;
  skip(frame, INTERVAL);
  if (isOff) return null;
  const i = readInterval(frame);
  skip(frame, FIRST_TRADE);
  passWhole(frame);
  skip(frame, LAST_TRADE);
  passWhole(frame);
  skip(frame, OPEN);
  const open = decimal(frame);
  skip(frame, CLOSE);
  const close = decimal(frame);
  skip(frame, HIGH);
  const high = decimal(frame);
  skip(frame, LOW);
  const low = decimal(frame);
  skip(frame, VOLUME);
  const volume = decimal(frame);
  skip(frame, TRADES);
  const trades = whole(frame);
  skip(frame, CLOSED);
  const quoteVolume = decimal(frame);
  skip(frame, TAKER);
  const takerVolume = decimal(frame);
  skip(frame, TAKER_QUOTE);
  const takerQuoteVolume = decimal(frame);
  if (follows(frame, IGNORED)) {
    at += IGNORED.length;
    passText(frame);
  }
  skip(frame, END);
  if (isEnveloped && frame[at++] !== BRACE) isOff = true;
  if (isOff || at !== frame.length) return null;
  return {
    s: frame.toString('latin1', symbolAt, symbolEnd),
    i,
    t: openTime,
    x: true,
    numbers: { openTime, closeTime, open, high, low, close, volume, quoteVolume, trades, takerVolume, takerQuoteVolume },
  };
};
