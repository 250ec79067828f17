import { Subject } from 'rxjs';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import type { SimulatedReply, SimulatedSocketIn, SimulatedSocketOut } from '../../src/simulator/door.js';
import type { Exchange, ExchangeOptions } from '../../src/simulator/exchange.js';
import { createExchange } from '../../src/simulator/exchange.js';
import type { Recording } from '../../src/simulator/exchange/recording.js';
import { createRecording } from '../../src/simulator/exchange/recording.js';

/** 2025-06-19 00:00 UTC: where the bars of these tests begin. */
export const T0 = Date.UTC(2025, 5, 19);
export const MINUTE = 60_000;

/** An archive row with every column, rising when `close` is above `open`. */
export const row = (openTimeMs: number, open: string, high: string, low: string, close: string, volume = '10.000', trades = 12) =>
  `${openTimeMs},${open},${high},${low},${close},${volume},${openTimeMs + MINUTE - 1},${(Number(volume) * 100).toFixed(5)},${trades},4.000,400.00000,0`;

/** `count` minute bars around 100, each of its own shape, so that a wrong bar cannot look like the right one. */
export const minutes = (count: number, firstMs = T0): readonly string[] =>
  Array.from({ length: count }, (_, minute) => {
    const open = 100 + (minute % 7);
    const close = 100 + ((minute + 3) % 7);
    const [high, low] = [Math.max(open, close) + 2, Math.min(open, close) - 2];
    const at = firstMs + minute * MINUTE;
    return row(
      at,
      open.toFixed(2),
      high.toFixed(2),
      low.toFixed(2),
      close.toFixed(2),
      (10 + minute / 1000).toFixed(3),
      12 + minute,
    );
  });

const standard = new Map<string, Recording>();
/** The same 2000 minutes for every test that asks for no others. */
const standardRecording = (symbol: string): Recording => {
  const made = standard.get(symbol) ?? createRecording(symbol, '1m', minutes(2000));
  standard.set(symbol, made);
  return made;
};

export const recorded = (symbol: string, lines?: readonly string[]): Recording =>
  lines === undefined ? standardRecording(symbol) : createRecording(symbol, '1m', lines);

type Texts<Names extends string> = Readonly<Record<Names, string>>;
type Numbers<Names extends string> = Readonly<Record<Names, number>>;

/** A frame of the wire as the tests look at it: whichever of these fields the frame at hand has. */
export interface Frame {
  readonly e: string;
  readonly E: number;
  readonly k: Texts<'s' | 'i' | 'o' | 'c' | 'h' | 'l' | 'v' | 'q' | 'V' | 'Q' | 'B'> &
    Numbers<'t' | 'T' | 'f' | 'L' | 'n'> & { readonly x: boolean };
  readonly stream: string;
  readonly data: Frame;
  readonly result: unknown;
  readonly id: number;
  readonly error: { readonly code: number; readonly msg: string };
}

/** A row of GET klines. */
export type Row = readonly [
  number, string, string, string, string, string, number, string, number, string, string, string,
]; // prettier-ignore

/** Any other answer, in the same way. */
export interface Answered
  extends
    Texts<'symbol' | 'quoteVolume' | 'lastPrice' | 'msg'>,
    Numbers<'code' | 'serverTime' | 'openTime' | 'count' | 'firstId' | 'lastId'> {
  readonly symbols: readonly (Texts<'symbol' | 'status' | 'contractType' | 'underlyingType'> &
    Readonly<Record<string, unknown>>)[];
}

export interface Line {
  readonly out: SimulatedSocketOut[];
  frames(): readonly Frame[];
  send(message: SimulatedSocketIn | object): void;
  leave(): void;
  closed(): SimulatedSocketOut | undefined;
}

/** One client of the exchange, at its very door, that answers pings unless told not to. Plain objects are sent as JSON. */
export const join = (exchange: Exchange, path: string, answersPings = true): Line => {
  const in$ = new Subject<SimulatedSocketIn>();
  const out: SimulatedSocketOut[] = [];
  const subscription = exchange.sockets.connect(path, in$).subscribe((event) => {
    out.push(event);
    if (event.kind === 'ping' && answersPings) in$.next({ kind: 'pong', payload: event.payload });
  });
  return {
    out,
    frames: () => out.flatMap((event) => (event.kind === 'frame' ? [JSON.parse(event.text) as Frame] : [])),
    send: (message) => {
      in$.next('kind' in message ? message : { kind: 'frame', text: JSON.stringify(message) });
    },
    leave: () => subscription.unsubscribe(),
    closed: () => out.find(({ kind }) => kind === 'close' || kind === 'cut' || kind === 'refuse'),
  };
};

/** An exchange in virtual time that stands at `atMs`, with one USD-M and one spot symbol unless told otherwise. */
export const worldAt = (atMs: number, options: Partial<ExchangeOptions> = {}) => {
  const clock = createVirtualClock(atMs);
  const recordings = { usdm: [recorded('BTCUSDT')], spot: [recorded('ETHUSDT')] };
  const exchange = createExchange({ clock, wireTime: clock, recordings, closeDelayMs: 200, ...options });
  const get = <T = Answered>(path: string): Extract<SimulatedReply, { kind: 'reply' }> & { readonly json: T } => {
    let got: SimulatedReply | undefined;
    exchange.http.handle({ method: 'GET', path, headers: {}, body: '' }).subscribe((reply) => {
      got = reply;
    });
    if (got?.kind !== 'reply') throw new Error(`no reply to ${path} but ${got?.kind ?? 'silence'}`);
    return { ...got, json: (got.body.startsWith('<') || got.body === '' ? null : JSON.parse(got.body)) as T };
  };
  return { clock, exchange, get, join: (path: string, answersPings?: boolean) => join(exchange, path, answersPings) };
};
