import { stepText } from './decimals.js';
import { LIMITS } from './limits.js';
import type { Listed } from './listing.js';
import { badRequest } from './refusal.js';
import type { Answer } from './refusal.js';
import type { World } from './world.js';

/** How old the cached `serverTime` of USD-M's exchangeInfo is: hours, as on the real exchange (binance-protocol.md §4.4). */
const STALE_MS = 6 * 3_600_000;

const digits = (listed: Listed, market: 'usdm' | 'spot'): { readonly price: number; readonly quantity: number } => {
  const { recording } = listed;
  if (recording === null) return market === 'spot' ? { price: 8, quantity: 8 } : { price: 2, quantity: 3 };
  return { price: recording.priceDecimals, quantity: recording.quantityDecimals };
};

const usdmSymbol = (listed: Listed, status: string): object => {
  const { price, quantity } = digits(listed, 'usdm');
  const [tick, step] = [stepText(price), stepText(quantity)];
  return {
    symbol: listed.symbol,
    pair: listed.pair,
    contractType: listed.contractType,
    deliveryDate: listed.deliveryMs,
    onboardDate: listed.onboardMs,
    status,
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
    baseAsset: listed.baseAsset,
    quoteAsset: listed.quoteAsset,
    marginAsset: listed.quoteAsset,
    pricePrecision: price,
    quantityPrecision: quantity,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: listed.underlyingType,
    underlyingSubType: listed.underlyingSubType,
    triggerProtect: '0.0500',
    liquidationFee: '0.012500',
    marketTakeBound: '0.05',
    maxMoveOrderLimit: 10_000,
    filters: [
      { maxPrice: '1000000', tickSize: tick, minPrice: tick, filterType: 'PRICE_FILTER' },
      { filterType: 'LOT_SIZE', minQty: step, stepSize: step, maxQty: '1000000' },
      { filterType: 'MARKET_LOT_SIZE', minQty: step, maxQty: '100000', stepSize: step },
      { limit: 200, filterType: 'MAX_NUM_ORDERS' },
      { filterType: 'MIN_NOTIONAL', notional: '5' },
      { filterType: 'PERCENT_PRICE', multiplierUp: '1.0500', multiplierDown: '0.9500', multiplierDecimal: '4' },
      { positionControlSide: 'NONE', filterType: 'POSITION_RISK_CONTROL' },
    ],
    orderTypes: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
    permissionSets: ['GRID', 'COPY', 'DCA'],
  };
};

const spotFilters = (tick: string, step: string): readonly object[] => [
  { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: '1000000.00000000', tickSize: tick },
  { filterType: 'LOT_SIZE', minQty: step, maxQty: '9000000.00000000', stepSize: step },
  { filterType: 'ICEBERG_PARTS', limit: 100 },
  { filterType: 'MARKET_LOT_SIZE', minQty: '0.00000000', maxQty: '100000.00000000', stepSize: '0.00000000' },
  {
    filterType: 'TRAILING_DELTA',
    minTrailingAboveDelta: 10,
    maxTrailingAboveDelta: 2000,
    minTrailingBelowDelta: 10,
    maxTrailingBelowDelta: 2000,
  },
  {
    filterType: 'PERCENT_PRICE_BY_SIDE',
    bidMultiplierUp: '5',
    bidMultiplierDown: '0.2',
    askMultiplierUp: '5',
    askMultiplierDown: '0.2',
    avgPriceMins: 5,
  },
  {
    filterType: 'NOTIONAL',
    minNotional: '5.00000000',
    applyMinToMarket: true,
    maxNotional: '9000000.00000000',
    applyMaxToMarket: false,
    avgPriceMins: 5,
  },
  { filterType: 'MAX_NUM_ORDERS', maxNumOrders: 200 },
  { filterType: 'MAX_NUM_ORDER_LISTS', maxNumOrderLists: 20 },
  { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: 5 },
  { filterType: 'MAX_NUM_ORDER_AMENDS', maxNumOrderAmends: 10 },
];

const spotSymbol = (listed: Listed, status: string): object => {
  const { price, quantity } = digits(listed, 'spot');
  return {
    symbol: listed.symbol,
    status,
    baseAsset: listed.baseAsset,
    baseAssetPrecision: 8,
    quoteAsset: listed.quoteAsset,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT'],
    icebergAllowed: true,
    ocoAllowed: true,
    otoAllowed: true,
    opoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    amendAllowed: true,
    pegInstructionsAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: spotFilters(stepText(price), stepText(quantity)),
    permissions: [],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
    allowedSelfTradePreventionModes: ['EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH', 'DECREMENT', 'TRANSFER'],
  };
};

const rateLimit = (rateLimitType: string, interval: string, intervalNum: number, limit: number): object => ({
  rateLimitType,
  interval,
  intervalNum,
  limit,
});

const usdmInfo = (world: World, nowMs: number): object => ({
  timezone: 'UTC',
  serverTime: Math.floor(nowMs - STALE_MS),
  futuresType: 'U_MARGINED',
  rateLimits: [
    rateLimit('REQUEST_WEIGHT', 'MINUTE', 1, LIMITS.usdm.weightPerMinute),
    rateLimit('ORDERS', 'MINUTE', 1, 1200),
    rateLimit('ORDERS', 'SECOND', 10, 300),
  ],
  exchangeFilters: [],
  assets: ['USDT', 'BTC', 'BNB', 'ETH', 'USDC'].map((asset) => ({ asset, marginAvailable: true, autoAssetExchange: '0' })),
  symbols: world.catalogue().map((listed) => usdmSymbol(listed, world.statusOf(listed, nowMs))),
});

const spotInfo = (world: World, asked: readonly Listed[], nowMs: number): object => ({
  timezone: 'UTC',
  serverTime: Math.floor(nowMs),
  rateLimits: [
    rateLimit('REQUEST_WEIGHT', 'MINUTE', 1, LIMITS.spot.weightPerMinute),
    rateLimit('ORDERS', 'SECOND', 10, 100),
    rateLimit('ORDERS', 'DAY', 1, 200_000),
    rateLimit('RAW_REQUESTS', 'MINUTE', 5, 300_000),
  ],
  exchangeFilters: [],
  // A spot pair has no status before its first trade: it is not listed yet.
  symbols: asked
    .filter((listed) => world.statusOf(listed, nowMs) !== 'PENDING_TRADING')
    .map((listed) => spotSymbol(listed, world.statusOf(listed, nowMs))),
});

/** GET exchangeInfo. USD-M takes no parameters; spot takes `symbol` or `symbols`. */
export const exchangeInfo = (world: World, params: URLSearchParams, nowMs: number): Answer => {
  if (world.market === 'usdm') return { status: 200, body: JSON.stringify(usdmInfo(world, nowMs)) };
  const names = params.get('symbols') ?? (params.has('symbol') ? JSON.stringify([params.get('symbol')]) : null);
  if (names === null) return { status: 200, body: JSON.stringify(spotInfo(world, world.catalogue(), nowMs)) };
  const asked = names.replace(/[[\]"]/g, '').split(',').map((symbol) => world.find(symbol)); // prettier-ignore
  if (asked.some((listed) => listed === undefined)) return badRequest(-1121, 'Invalid symbol.');
  const found = asked.filter((listed) => listed !== undefined);
  return { status: 200, body: JSON.stringify(spotInfo(world, found, nowMs)) };
};
