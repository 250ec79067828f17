import { INTERVAL_MS, isInterval } from '../../model/interval.js';
import type { Market, Series } from '../../model/series.js';
import { seriesKey } from '../../model/series.js';
import type { SimulatedSocketOut } from '../door.js';
import type { Lost } from './bars.js';
import type { KlineHead } from './kline-text.js';
import { createKlineHead } from './kline-text.js';
import { streamSymbol } from './listing.js';
import type { Recording } from './recording.js';
import { placeKey } from './script.js';
import type { World } from './world.js';

/** Which streams a path carries: one class per connection on USD-M; spot has only one (binance-protocol.md §2.3). */
export type PathClass = 'market' | 'public' | 'private' | 'spot';

/** One connection as the channels see it. `hears` is what a script has left of it. */
export interface Client {
  readonly market: Market;
  readonly pathClass: PathClass;
  /** Wire time of the opening, ms. */
  readonly openedMs: number;
  combined: boolean;
  /**
   * `control`: no data any more, but pings and answers; `nothing`: half open; `echo`: the last data frame again whenever there
   * is something new to tell.
   */
  hears: 'all' | 'control' | 'nothing' | 'echo';
  /** The last data frame it was sent. */
  last: SimulatedSocketOut | null;
  send(out: SimulatedSocketOut): void;
  /** Sends a last event and ends the connection. */
  end(out: SimulatedSocketOut): void;
}

/** A kline stream that somebody has subscribed to and that has something to tell. */
export interface Channel extends KlineHead {
  readonly market: Market;
  readonly symbol: string;
  /** What scripts know it by: the symbol's place, and the series. */
  readonly placeKey: string;
  readonly seriesKey: string;
  readonly recording: Recording;
  readonly lost: Lost;
  readonly nameJson: string;
  readonly clients: Set<Client>;
  /** Volume last told of the open bar that opens at `toldOpenTimeMs`: open bars are told only when something traded. */
  toldVolume: number;
  toldOpenTimeMs: number;
}

/** Streams of a whole market. The ticker of all spot pairs was retired in March 2026 (binance-protocol.md §5.1). */
const TOPICS = {
  usdm: ['!ticker@arr', '!miniTicker@arr', '!contractInfo'],
  spot: ['!miniTicker@arr'],
} as const satisfies Readonly<Record<Market, readonly string[]>>;

export type Topic = (typeof TOPICS)[Market][number];

/** Who listens to the stream of a whole market. */
export interface TopicClients {
  readonly topic: Topic;
  readonly nameJson: string;
  readonly clients: Set<Client>;
}

const STREAM_NAME = /^([^@]+)@kline_(\w+)$/;

export type Channels = ReturnType<typeof createChannels>;

const topicsOf = (market: Market): readonly TopicClients[] =>
  TOPICS[market].map((topic) => ({ topic, nameJson: JSON.stringify(topic), clients: new Set<Client>() }));

/**
 * Who listens to what. A name that has no channel (bogus, upper case, on the wrong path, an interval shorter than the
 * recorded one, a kind of stream that the simulator does not play) is taken and stays silent: an acknowledgement proves nothing.
 */
export const createChannels = (worlds: Readonly<Record<Market, World>>) => {
  const channels: Record<Market, Map<string, Channel>> = { usdm: new Map(), spot: new Map() };
  const topics = { usdm: topicsOf('usdm'), spot: topicsOf('spot') };

  const open = (market: Market, name: string): Channel | null => {
    const [, streamed = '', interval = ''] = STREAM_NAME.exec(name) ?? [];
    const symbol = worlds[market].streamed(streamed) ?? '';
    const recording = worlds[market].played(symbol);
    if (recording === null || !isInterval(interval) || INTERVAL_MS[interval] % recording.stepMs !== 0) return null;
    const lengthMs = INTERVAL_MS[interval];
    const clients = new Set<Client>();
    return {
      ...createKlineHead(symbol, interval, lengthMs), market, symbol, recording, nameJson: JSON.stringify(name),
      placeKey: placeKey({ market, symbol }), seriesKey: seriesKey({ market, symbol, interval }),
      lost: worlds[market].lostOf(symbol), clients, toldVolume: 0, toldOpenTimeMs: 0,
    }; // prettier-ignore
  };

  const topicNamed = (market: Market, name: string): TopicClients | undefined =>
    topics[market].find(({ topic }) => topic === name);

  return {
    join: (client: Client, name: string): void => {
      if (client.pathClass !== 'market' && client.pathClass !== 'spot') return;
      topicNamed(client.market, name)?.clients.add(client);
      const channel = channels[client.market].get(name) ?? open(client.market, name);
      if (channel === null) return;
      channels[client.market].set(name, channel);
      channel.clients.add(client);
    },
    leave: (client: Client, name: string): void => {
      topicNamed(client.market, name)?.clients.delete(client);
      const channel = channels[client.market].get(name);
      channel?.clients.delete(client);
      if (channel?.clients.size === 0) channels[client.market].delete(name);
    },
    of: (market: Market): Iterable<Channel> => channels[market].values(),
    topics: (market: Market): readonly TopicClients[] => topics[market],
    named: ({ market, symbol, interval }: Series): Channel | undefined =>
      channels[market].get(`${streamSymbol(symbol)}@kline_${interval}`),
  };
};
