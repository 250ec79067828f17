/*
 * The environment variables of the first scanner, each with both of its spellings, its unit, and where its setting lives now.
 */

/** One setting that has names in the environment. */
export interface Variable {
  /** Names with their reading: the text of a variable as the text YAML would hold, or `null` when it does not fit. */
  readonly names: Readonly<Record<string, (text: string) => string | number | null>>;
  readonly path: string;
  /** What the variable should be, for people. */
  readonly wanted: string;
  /** The number is a limit of ours: where the plug-in's own limit is lower, that one keeps it too. */
  readonly isLimit?: true;
}

const DECIMAL = /^(?:\d+(?:\.\d*)?|\.\d+)$/;

const number = (text: string): number | null => (DECIMAL.test(text) ? Number(text) : null);
const percent = (text: string): string | null =>
  DECIMAL.test(text.replace(/%$/, '')) ? `${Number(text.replace(/%$/, ''))}%` : null;
/** The decimal point moves in the text: 0.07 × 100 in binary is 7.000000000000001. */
const fraction = (text: string): string | null => (DECIMAL.test(text) ? `${Number(`${text}e2`)}%` : null);
const duration = (unit: 's' | 'm') => (text: string) => (DECIMAL.test(text) ? `${Number(text)}${unit}` : null);
const word = (text: string): string => text;

/** The first scanner was Python, whose logging has other names for two levels. */
const PYTHON_LEVELS: Readonly<Record<string, string>> = { warning: 'warn', critical: 'fatal' };
const level = (text: string): string => PYTHON_LEVELS[text.toLowerCase()] ?? text.toLowerCase();

const named = (path: string, wanted: string, read: (text: string) => string | number | null, ...names: string[]): Variable => ({
  names: Object.fromEntries(names.map((name) => [name, read])),
  path,
  wanted,
});

export const VARIABLES: readonly Variable[] = [
  named('log.level', 'a level such as info', level, 'LOG_LEVEL'),
  named('source.interval', 'a bar length such as 15m', word, 'TIMEFRAME', 'CANDLE_TIMEFRAME'),
  named(
    'source.universe.minHourlyQuoteVolume',
    'quote units per hour such as 1000',
    number,
    'MIN_HOURLY_VOLUME',
    'MIN_LIQUIDITY',
  ),
  named('source.universe.ttl', 'seconds such as 3600', duration('s'), 'UNIVERSE_CACHE_TTL', 'CACHE_TTL'),
  {
    ...named('source.streamsPerSocket', 'a whole number such as 200', number, 'WS_MAX_STREAMS', 'MAX_STREAMS_PER_CONNECTION'),
    isLimit: true,
  },
  {
    ...named('source.messagesPerSecond', 'a number such as 4', number, 'WS_MAX_MSG_PER_SEC', 'MAX_MESSAGES_PER_SECOND'),
    isLimit: true,
  },
  named('source.reconnectDelay', 'seconds such as 5', duration('s'), 'WS_RECONNECT_DELAY', 'RECONNECT_DELAY'),
  named('pipeline.lookbackBars', 'a whole number of bars such as 8', number, 'LOOKBACK_PERIODS', 'LOOKBACK_CANDLES'),
  named('pipeline.volumeThreshold', 'percent such as 150', percent, 'VOLUME_SPIKE_THRESHOLD', 'VOLUME_THRESHOLD'),
  {
    names: { PRICE_CHANGE_THRESHOLD: fraction, PRICE_THRESHOLD: percent },
    path: 'pipeline.priceThreshold',
    wanted: 'a fraction such as 0.05 (PRICE_CHANGE_THRESHOLD), or percent such as 5 (PRICE_THRESHOLD)',
  },
  named('pipeline.volumeLogZThreshold', 'a number such as 3', number, 'VOLUME_ZSCORE_THRESHOLD'),
  named('pipeline.cooldown', 'minutes such as 30', duration('m'), 'ALERT_COOLDOWN', 'COOLDOWN_MINUTES'),
];

/** The first scanner counted requests a minute; the exchange counts their weight, and its limit is 2400 or 6000 by market. */
const BUDGET = "the budget of requests is a share of the exchange's own limit now (source.rest.weightShare)";

/** Variables that have nothing left to set, and why. */
export const RETIRED: Readonly<Record<string, string>> = {
  REST_RATE_LIMIT: BUDGET,
  RATE_LIMIT: BUDGET,
  SCAN_INTERVAL: 'bars are pushed by the exchange now, nothing is scanned',
  METRICS_INTERVAL: 'the numbers are asked for at the health endpoint now, nothing is written at intervals',
  VOLUME_WINDOW_HOURS: 'liquidity is measured over the last 24 hours',
};

/** The variable that holds the Discord webhook. */
export const DISCORD = 'DISCORD_WEBHOOK_URL';
/** The variable that names the settings file. */
export const CONFIG_PATH = 'CONFIG_PATH';
