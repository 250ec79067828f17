import type { Market } from '../../model/series.js';
import { INTERVAL_MS, isInterval } from '../../model/interval.js';
import type { SimulatedSocketOut } from '../door.js';
import type { KlineHead } from './kline-text.js';
import type { Recording } from './recording.js';
import type { World } from './world.js';

/** Which streams a path carries: one class per connection on USD-M; spot has only one (binance-protocol.md §2.3). */
export type PathClass = 'market' | 'public' | 'private' | 'spot';

/** One connection as the channels see it. `hears` is what a script has left of it. */
export interface Client {
  readonly market: Market;
  readonly pathClass: PathClass;
  combined: boolean;
  /** `control`: no data any more, but pings and answers; `nothing`: half open. */
  hears: 'all' | 'control' | 'nothing';
  send(out: SimulatedSocketOut): void;
  /** Sends a last event and ends the connection. */
  end(out: SimulatedSocketOut): void;
}

/** A kline stream that somebody has subscribed to and that has something to tell. */
export interface Channel extends KlineHead {
  readonly market: Market;
  readonly symbol: string;
  readonly recording: Recording;
  readonly nameJson: string;
  readonly clients: Set<Client>;
  /** Volume last told of the open bar that opens at `toldOpenTimeMs`: open bars are told only when something traded. */
  toldVolume: number;
  toldOpenTimeMs: number;
}

const STREAM_NAME = /^([^@]+)@kline_(\w+)$/;

/** Lower-cases ASCII letters and no others, as stream names do. */
export const streamSymbol = (symbol: string): string => symbol.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

export type Channels = ReturnType<typeof createChannels>;

/**
 * Who listens to what. A name that has no channel (bogus, upper case, on the wrong path, an interval shorter than the
 * recorded one, a kind of stream that the simulator does not play) is taken and stays silent: an acknowledgement proves nothing.
 */
export const createChannels = (worlds: Readonly<Record<Market, World>>) => {
  const channels: Record<Market, Map<string, Channel>> = { usdm: new Map(), spot: new Map() };
  const symbols: Record<Market, Map<string, string>> = { usdm: new Map(), spot: new Map() };
  for (const world of Object.values(worlds))
    for (const { symbol } of world.all()) symbols[world.market].set(streamSymbol(symbol), symbol);

  const open = (market: Market, name: string): Channel | null => {
    const [, streamed = '', interval = ''] = STREAM_NAME.exec(name) ?? [];
    const symbol = symbols[market].get(streamed) ?? '';
    const recording = worlds[market].find(symbol)?.recording ?? null;
    if (recording === null || !isInterval(interval) || INTERVAL_MS[interval] % recording.stepMs !== 0) return null;
    const symbolJson = JSON.stringify(symbol);
    const lengthMs = INTERVAL_MS[interval];
    const clients = new Set<Client>();
    return {
      market, symbol, recording, interval, lengthMs, symbolJson, nameJson: JSON.stringify(name),
      clients, toldVolume: 0, toldOpenTimeMs: 0,
    }; // prettier-ignore
  };

  return {
    join: (client: Client, name: string): void => {
      if (client.pathClass !== 'market' && client.pathClass !== 'spot') return;
      const channel = channels[client.market].get(name) ?? open(client.market, name);
      if (channel === null) return;
      channels[client.market].set(name, channel);
      channel.clients.add(client);
    },
    leave: (client: Client, name: string): void => {
      const channel = channels[client.market].get(name);
      channel?.clients.delete(client);
      if (channel?.clients.size === 0) channels[client.market].delete(name);
    },
    of: (market: Market): Iterable<Channel> => channels[market].values(),
    named: (market: Market, symbol: string, interval: string): Channel | undefined =>
      channels[market].get(`${streamSymbol(symbol)}@kline_${interval}`),
  };
};
