import type { Alert } from '../../model/alert.js';
import type { Market } from '../../model/series.js';
import { codePoints, NAME_CODE_POINTS_MAX, plain } from './plain.js';

const PAGES: Readonly<Record<Market, (symbol: string) => string>> = {
  usdm: (symbol) => `https://www.binance.com/en/futures/${symbol}`,
  spot: (symbol) => `https://www.binance.com/en/trade/${symbol}?type=spot`,
};

/** `encodeURIComponent` leaves these, and they end a link in Discord. */
const LEFT = /[!'()*~]/g;
const encoded = (symbol: string): string =>
  encodeURIComponent(symbol).replace(LEFT, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * The page of the exchange that shows the symbol's chart; `null` for the whole market, and for a name that no exchange would give.
 * A symbol is opaque text: it can add nothing to the address but one encoded part of its path.
 */
export const chartAddress = ({ kind, market, symbol }: Pick<Alert, 'kind' | 'market' | 'symbol'>): string | null =>
  kind === 'market' || plain(symbol) !== symbol || /[\s./\\?#]/.test(symbol) || codePoints(symbol) > NAME_CODE_POINTS_MAX
    ? null
    : PAGES[market](encoded(symbol));
