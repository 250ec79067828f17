import type { Market, Series } from '../../../model/series.js';
import type { MarketClock } from '../../../ports/context.js';
import type { ListedBeside } from '../listing.js';
import type { Tally } from '../log.js';
import type { Undo } from '../script.js';
import type { Topics } from '../topics.js';
import type { World } from '../world.js';

type Place = Pick<Series, 'market' | 'symbol'>;

/** What a script can do to what is listed. On USD-M a change of status is told as `contractInfo` too. */
export interface ListingFaults {
  /** exchangeInfo shows another status; `null` takes the symbol away from everything but running streams. Its bars go on. */
  setStatus(place: Place, status: string | null): Undo;
  /**
   * Trading stops at the end of the bar that is open: exchangeInfo shows this status (SETTLING or BREAK by default), and no bar
   * exists from then on, until it is undone.
   */
  stopTrading(place: Place, status?: string): Undo;
  /** Lists one more, from now on. `plays` names the recorded symbol whose bars it has; without one it is silent. */
  listSymbol(market: Market, listed: ListedBeside): void;
  /** exchangeInfo shows only the first of the symbols, this share of them: 0 is an empty list. */
  shrinkCatalogue(market: Market, share: number): Undo;
}

export interface ListingFaultParts {
  readonly worlds: Readonly<Record<Market, World>>;
  readonly tally: Tally;
  readonly clock: MarketClock;
  readonly topics: Topics;
}

export const createListingFaults = ({ worlds, tally, clock, topics }: ListingFaultParts): ListingFaults => {
  const show = ({ market, symbol }: Place, status: string | null | undefined): void => {
    const world = worlds[market];
    const before = world.find(symbol);
    world.setStatus(symbol, status);
    const listed = world.find(symbol) ?? before;
    // What is taken off the list without a word is told to nobody (binance-protocol.md §11 row 16).
    if (listed !== undefined && status !== null) topics.contract(market, listed, world.statusOf(listed, clock.now()));
  };

  return {
    setStatus: (place, status) => {
      tally.fault('setStatus');
      show(place, status);
      return () => show(place, undefined);
    },
    stopTrading: ({ market, symbol }, status = market === 'usdm' ? 'SETTLING' : 'BREAK') => {
      tally.fault('stopTrading');
      const world = worlds[market];
      const nextOpenMs = (): number => Math.ceil(clock.now() / world.stepMs) * world.stepMs;
      show({ market, symbol }, status);
      const end = world.lose({ fromMs: nextOpenMs(), toMs: Infinity, symbol });
      return () => {
        show({ market, symbol }, undefined);
        end(nextOpenMs());
      };
    },
    listSymbol: (market, beside) => {
      tally.fault('listSymbol');
      const listed = worlds[market].list(beside, clock.now());
      topics.contract(market, listed, worlds[market].statusOf(listed, clock.now()));
    },
    shrinkCatalogue: (market, share) => {
      tally.fault('shrinkCatalogue');
      worlds[market].show(share);
      return () => worlds[market].show(1);
    },
  };
};
