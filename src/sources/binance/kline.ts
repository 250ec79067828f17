/*
 * What comes over the stream, told apart. The letters are Binance's and stay in this file and in door.ts.
 */

/**
 * The bar inside a kline event (binance-protocol.md §5.2). Captured on the futures market:
 *
 * ```json
 * {"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1791382992723,"s":"BTCUSDT","k":{"t":1791382980000,"T":1791383039999,"s":"BTCUSDT","i":"1m","f":8153633367,"L":8153634395,"o":"83084.90","c":"83091.60","h":"83091.70","l":"83051.20","v":"13.551","n":1027,"x":false,"q":"1125714.73960","V":"6.426","Q":"533856.66860","B":"0"}}}
 * ```
 *
 * A spot bar without a trade, sent raw:
 *
 * ```json
 * {"e":"kline","E":1682244928001,"s":"ETHUSDT","k":{"t":1682244927000,"T":1682244927999,"s":"ETHUSDT","i":"1s","f":-1,"L":-1,"o":"1870.76000000","c":"1870.76000000","h":"1870.76000000","l":"1870.76000000","v":"0.00000000","n":0,"x":true,"q":"0.00000000","V":"0.00000000","Q":"0.00000000"}}
 * ```
 *
 * https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Kline-Candlestick-Streams
 */
export interface WireKline {
  /** Open and close time, ms. */
  readonly t: unknown;
  readonly T: unknown;
  readonly s: unknown;
  readonly i: unknown;
  readonly o: unknown;
  readonly h: unknown;
  readonly l: unknown;
  readonly c: unknown;
  /** Base volume, quote volume, trades, and the takers' share of both volumes. */
  readonly v: unknown;
  readonly q: unknown;
  readonly n: unknown;
  readonly V: unknown;
  readonly Q: unknown;
  /** Closed. */
  readonly x: unknown;
}

/** A frame of the exchange, read. */
export type Frame =
  | { readonly kind: 'kline'; readonly closed: boolean; readonly bar: WireKline }
  /** The answer to a request: `error` is `null` when it was accepted, which proves nothing. */
  | { readonly kind: 'answer'; readonly id: number | null; readonly error: string | null }
  | { readonly kind: 'shutdown' }
  /** Well-formed, but no bar; `type` is its name, `data` what it holds. */
  | { readonly kind: 'unknown'; readonly type: string; readonly data: unknown }
  | { readonly kind: 'garbage'; readonly why: string };

const QUOTE = 0x22;
const COLON = 0x3a;
const LETTER_A = 0x61;
const LETTER_F = 0x66;
const LETTER_L = 0x6c;
const LETTER_Q = 0x71;
const LETTER_S = 0x73;
const LETTER_X = 0x78;
const FALSE_LENGTH = 5;
/** What comes after the word in the shortest frame there is: `,"q":"0","V":"0","Q":"0"}}`. */
const TAIL_BYTES_MIN = 26;

/** How far into the word `false` a byte stands that is one of its letters. */
const placeInFalse = (byte: number): number => {
  if (byte === LETTER_F) return 0;
  if (byte === LETTER_A) return 1;
  if (byte === LETTER_L) return 2;
  return byte === LETTER_S ? 3 : 4;
};

/** Whether the value of a key `x` begins at this place with `f`. */
export const opensAt = (frame: Buffer, place: number): boolean =>
  frame[place] === LETTER_F &&
  frame[place - 1] === COLON &&
  frame[place - 2] === QUOTE &&
  frame[place - 3] === LETTER_X &&
  frame[place - 4] === QUOTE;

/**
 * Where the word begins that proves that the frame's bar is still open: the value of its key `x` begins with `f`; −1 without proof.
 * Seen from the end, only digits, marks and the keys `q`, `V`, `Q` and `B` come before that word, so that looking at every fifth
 * byte cannot step over it, and takes half the time of a search by the platform. A frame that looks different in any way (an answer,
 * another event, another layout) is not proven and is to be read in full: a change at the exchange costs speed, never a bar.
 */
export const openAt = (frame: Buffer): number => {
  for (let at = frame.length - TAIL_BYTES_MIN - 1; at > 0; at -= FALSE_LENGTH) {
    const byte = frame[at] as number;
    if (byte < LETTER_A || byte === LETTER_Q) continue;
    const start = at - placeInFalse(byte);
    return opensAt(frame, start) ? start : -1;
  }
  return -1;
};

/** True only on proof. */
export const saysOpen = (frame: Buffer): boolean => openAt(frame) >= 0;

const EVENT_TIME = '"E":';

/** When the exchange made a frame, by the number at its key `E`, ms; `null` where there is none. Not for every frame: it searches. */
export const eventTimeOf = (frame: Buffer): number | null => {
  const at = frame.indexOf(EVENT_TIME);
  const found = at < 0 ? null : /^\d{1,16}/.exec(frame.toString('latin1', at + EVENT_TIME.length, at + EVENT_TIME.length + 17));
  return found === null ? null : Number(found[0]);
};

const INTEGER = '-?(?:0|[1-9]\\d*)';
/** A whole number that a double keeps whatever its digits are. */
const WHOLE = '(0|[1-9]\\d{0,14})';
/** What stands in JSON between two quotation marks as it is: everything but the mark itself, the backslash and controls. */
const PLAIN = '[ !#-\\[\\]-\\uffff]*';
const TEXT = `"(${PLAIN})"`;

/** A kline event of the known layout, combined or raw, from its first letter to its last. `B` is absent on spot. */
const KLINE = new RegExp(
  `^(\\{"stream":"${PLAIN}","data":)?\\{"e":"kline","E":${INTEGER},"s":"${PLAIN}",` +
    `"k":\\{"t":${WHOLE},"T":${WHOLE},"s":${TEXT},"i":${TEXT},"f":${INTEGER},"L":${INTEGER},"o":${TEXT},"c":${TEXT},"h":${TEXT},"l":${TEXT},` +
    `"v":${TEXT},"n":${WHOLE},"x":(true|false),"q":${TEXT},"V":${TEXT},"Q":${TEXT}(?:,"B":"${PLAIN}")?\\}\\}(\\})?$`,
);

/**
 * The bar of a kline event whose layout is exactly the known one, cut out of the text: a third of the work of parsing it, which
 * counts when thousands of bars close at once. Every text that this accepts is JSON in which no key comes twice, and the fields
 * are the very ones that `JSON.parse` gives. `null` for any other text, which is to be parsed.
 */
export const decodeKline = (text: string): (WireKline & { readonly x: boolean }) | null => {
  const found = KLINE.exec(text);
  if (found === null) return null;
  const [, envelope, t, T, s, i, o, c, h, l, v, n, x, q, V, Q, end] = found;
  // An envelope that was opened is to be closed, and no other.
  if ((envelope === undefined) !== (end === undefined)) return null;
  return { t: Number(t), T: Number(T), s, i, o, h, l, c, v, q, n: Number(n), V, Q, x: x === 'true' };
};

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const readAnswer = (fields: Fields): Frame | null => {
  const id = Number.isSafeInteger(fields.id) ? (fields.id as number) : null;
  // On the wire the error is wrapped; the exchange's own table shows it bare.
  const error = isObject(fields.error) ? fields.error : 'code' in fields && 'msg' in fields ? fields : null;
  if (error !== null) return { kind: 'answer', id, error: `${String(error.code)} ${String(error.msg)}`.slice(0, 200) };
  return 'result' in fields ? { kind: 'answer', id, error: null } : null;
};

const readEvent = (event: Fields): Frame => {
  if (event.e === 'kline') {
    const bar = event.k;
    if (!isObject(bar) || typeof bar.x !== 'boolean') return { kind: 'garbage', why: 'a kline event without its bar' };
    return { kind: 'kline', closed: bar.x, bar: bar as unknown as WireKline };
  }
  if (event.e === 'serverShutdown') return { kind: 'shutdown' };
  return { kind: 'unknown', type: typeof event.e === 'string' ? event.e.slice(0, 40) : 'no event name', data: event };
};

/** Reads any frame in full: decodes the known layout, parses every other. Never throws, whatever the bytes. */
export const readFrame = (frame: Buffer): Frame => {
  const text = frame.toString('utf8');
  const bar = decodeKline(text);
  if (bar !== null) return { kind: 'kline', closed: bar.x, bar };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'garbage', why: 'not JSON' };
  }
  if (!isObject(value)) return { kind: 'garbage', why: 'not an object' };
  if ('data' in value)
    return isObject(value.data)
      ? readEvent(value.data)
      : { kind: 'unknown', type: 'combined frame without an object', data: value.data };
  return readAnswer(value) ?? readEvent(value);
};
