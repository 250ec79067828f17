import type { Market, Series } from '../../model/series.js';
import type { Client } from './channels.js';
import type { Tally } from './log.js';
import type { RestFault, Script, Undo } from './script.js';
import type { World } from './world.js';

/**
 * What a script can do to the exchange. Each strike is counted under its name in `log.counters().faults`, so that a test can
 * first show that its fault really happened. Those that strike connections strike the ones that are open now and say how many.
 */
export interface ExchangeFaults {
  /** The links die without a closing handshake. */
  dropAllSockets(): number;
  /** Every connection is closed with this code. */
  closeAllSockets(code: number, reason: string): number;
  /** Data stops; pings and answers go on. */
  stallAllSockets(): number;
  /** Half open: nothing is sent and nothing is read any more, and no end comes. */
  halfOpen(): number;
  /** Sends these texts to everyone as they are. */
  garbageFrames(...texts: readonly string[]): number;
  /** New connections are answered with a status (403 comes as HTML) for so many wire milliseconds. */
  refuseUpgrades(status: number, forMs: number): Undo;
  /** New connections get no answer at all for so many wire milliseconds. */
  hangUpgrades(forMs: number): Undo;
  /** No events of this symbol, whatever its interval; REST still has its bars. */
  muteSeries(place: Pick<Series, 'market' | 'symbol'>): Undo;
  /** The closing event of this bar is never sent. */
  skipClosedBar(series: Series, openTimeMs: number): void;
  /** The closing event of this bar is sent twice. */
  repeatClosedBar(series: Series, openTimeMs: number): void;
  /** Sends the closing event of a bar that has long closed, now. */
  resendClosedBar(series: Series, openTimeMs: number): void;
  /** Closing events come so many market milliseconds later than usual; open bars of the next bar overtake them. */
  delayCloses(ms: number): Undo;
  /** Each event is lost with this probability, for each connection by itself. */
  loseFrames(share: number): Undo;
  /** Requests get this reply instead of theirs, and cost no weight. */
  rest(fault: RestFault): Undo;
  /** Bars that open from `fromMs` up to but not including `toMs` exist nowhere, as after a stop of the exchange. */
  holeAtExchange(market: Market, fromMs: number, toMs: number): void;
  /** exchangeInfo shows another status; `null` takes the symbol away from everything but running streams. */
  setStatus(place: Pick<Series, 'market' | 'symbol'>, status: string | null): Undo;
}

export interface FaultParts {
  readonly clients: ReadonlySet<Client>;
  readonly script: Script;
  readonly tally: Tally;
  readonly worlds: Readonly<Record<Market, World>>;
  readonly resend: (series: Series, openTimeMs: number) => void;
}

export const createFaults = ({ clients, script, tally, worlds, resend }: FaultParts): ExchangeFaults => {
  const strike = (name: string, hit: (client: Client) => void): number => {
    const struck = [...clients];
    struck.forEach(hit);
    tally.fault(name, struck.length);
    return struck.length;
  };
  return {
    dropAllSockets: () => strike('dropAllSockets', (client) => client.end({ kind: 'cut' })),
    closeAllSockets: (code, reason) => strike('closeAllSockets', (client) => client.end({ kind: 'close', code, reason })),
    stallAllSockets: () =>
      strike('stallAllSockets', (client) => {
        client.hears = 'control';
      }),
    halfOpen: () =>
      strike('halfOpen', (client) => {
        client.hears = 'nothing';
      }),
    garbageFrames: (...texts) =>
      strike('garbageFrames', (client) => {
        for (const text of texts) client.send({ kind: 'frame', text });
      }),
    refuseUpgrades: (status, forMs) => script.refuseUpgrades({ status }, forMs),
    hangUpgrades: (forMs) => script.refuseUpgrades('hang', forMs),
    muteSeries: script.mute,
    skipClosedBar: (series, openTimeMs) => {
      script.setCopies(series, openTimeMs, 0);
    },
    repeatClosedBar: (series, openTimeMs) => {
      script.setCopies(series, openTimeMs, 2);
    },
    resendClosedBar: (series, openTimeMs) => {
      tally.fault('resendClosedBar');
      resend(series, openTimeMs);
    },
    delayCloses: script.delayCloses,
    loseFrames: script.loseFrames,
    rest: script.addRestFault,
    holeAtExchange: (market, fromMs, toMs) => {
      tally.fault('holeAtExchange');
      worlds[market].lose(fromMs, toMs);
    },
    setStatus: ({ market, symbol }, status) => {
      tally.fault('setStatus');
      worlds[market].setStatus(symbol, status);
      return () => {
        worlds[market].setStatus(symbol, undefined);
      };
    },
  };
};
