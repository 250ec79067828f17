import type { SchedulerLike } from 'rxjs';
import type { Complaints } from './complaints.js';
import type { Frame, WireKline } from './kline.js';
import { readFrame, saysOpen } from './kline.js';
import type { DecodedKline } from './kline-bytes.js';
import { decodeClosed } from './kline-bytes.js';
import { LinkError } from './link-error.js';
import { tickersOf } from './mini-ticker.js';
import type { ContractInfo } from './universe/contract-info.js';
import { contractInfoOf } from './universe/contract-info.js';
import type { Ticker } from './universe/listing.js';

/** More frames than this in a minute that cannot be read: the connection is given up (reliability.md F11). */
const GARBAGE_MAX = 20;
const MINUTE_MS = 60_000;
/** Unknown kinds of events that are told apart; all others count as one, so that nobody can fill our memory with names. */
const UNKNOWN_KINDS_MAX = 50;

export interface ReaderParts {
  /** `usdm 1`, for people. */
  readonly name: string;
  readonly complaints: Complaints;
  readonly wireTime: SchedulerLike;
  /** A bar was read, open or closed. */
  readonly saw: (frame: Buffer) => void;
  /** A request was answered; `id` is missing in some errors. */
  readonly answered: (id: number | null, error: string | null) => void;
  /** The exchange has said that this server is going down. */
  readonly shutdown: () => void;
}

/** How a socket's frames are read: makes a reader for each connection, which throws a `LinkError` when it is to be given up. */
export type Read<T> = (parts: ReaderParts) => (data: Buffer) => T | null;

/** What a reader makes of a frame that holds data; `undefined` when it is not of the kind that is expected. */
type Take<T> = (frame: Frame, data: Buffer, parts: ReaderParts) => T | null | undefined;

const createRead =
  <T>(take: Take<T>): Read<T> =>
  (parts) => {
    const { name, complaints, wireTime } = parts;
    const kinds = new Set<string>();
    let garbage: readonly number[] = [];

    const onGarbage = (why: string): void => {
      const nowMs = wireTime.now();
      garbage = [...garbage.filter((atMs) => nowMs - atMs < MINUTE_MS), nowMs];
      complaints.tell(`garbage ${name}`, why, { kind: 'frame-rejected', detail: `${name}: a frame could not be read: ${why}` });
      if (garbage.length > GARBAGE_MAX)
        throw new LinkError('feed-lost', `more than ${GARBAGE_MAX} unreadable frames in a minute`);
    };

    const onUnknown = (type: string): void => {
      if (kinds.size < UNKNOWN_KINDS_MAX) kinds.add(type);
      const kind = kinds.has(type) ? type : 'and others';
      complaints.tell(`event ${kind}`, 'unknown', { kind: 'frame-unexpected', detail: `${name}: an unknown event: ${kind}` });
    };

    return (data) => {
      const frame = readFrame(data);
      const taken = take(frame, data, parts);
      if (taken !== undefined) {
        parts.saw(data);
        return taken;
      }
      if (frame.kind === 'answer') parts.answered(frame.id, frame.error);
      else if (frame.kind === 'shutdown') parts.shutdown();
      else if (frame.kind === 'garbage') onGarbage(frame.why);
      else onUnknown(frame.kind === 'unknown' ? frame.type : frame.kind);
      return null;
    };
  };

const onDisagreement = (closed: boolean, { name, complaints }: ReaderParts): void => {
  if (closed) {
    const detail = `${name}: the bytes of a closed bar say that it is open: the layout of frames has changed`;
    complaints.tell('canary', 'closed', { kind: 'canary-disagreed', detail });
  } else {
    const detail = `${name}: open bars can no longer be told by their bytes: all frames are read in full`;
    complaints.tell('layout', 'open', { kind: 'frame-unexpected', detail });
  }
};

const barsOf =
  <T>(make: (bar: WireKline | DecodedKline) => T | null): Take<T> =>
  (frame, data, parts) => {
    if (frame.kind !== 'kline') return undefined;
    if (frame.closed === saysOpen(data)) onDisagreement(frame.closed, parts);
    return make(frame.bar);
  };

/**
 * Expects bars: the closed ones, and of the open ones samples and what is wanted (`x` tells). Gives on what `make` makes of them;
 * doing that here spares each bar three more stages.
 */
export const readBars =
  <T>(make: (bar: WireKline | DecodedKline) => T | null): Read<T> =>
  (parts) => {
    const readOther = createRead<T>(barsOf(make))(parts);
    return (data) => {
      const bar = decodeClosed(data);
      if (bar === null) return readOther(data);
      if (saysOpen(data)) onDisagreement(true, parts);
      parts.saw(data);
      return make(bar);
    };
  };

/** What the exchange tells of all symbols of a market at once. */
export type News =
  | { readonly kind: 'contract'; readonly info: ContractInfo }
  | { readonly kind: 'tickers'; readonly tickers: ReadonlyMap<string, Ticker> };

/** Expects the streams of news.ts. */
export const readNews: Read<News> = createRead((frame) => {
  if (frame.kind !== 'unknown') return undefined;
  const tickers = tickersOf(frame.data);
  if (tickers !== null) return tickers.size === 0 ? null : { kind: 'tickers', tickers };
  const info = contractInfoOf(frame.data);
  if (info !== null) return { kind: 'contract', info };
  return frame.type === 'contractInfo' ? null : undefined;
});
