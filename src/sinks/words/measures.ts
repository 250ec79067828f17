import { changeText, decimal, percentText, quantity, rounded, significant } from './numbers.js';
import { cutTo, NAME_CODE_POINTS_MAX, plain } from './plain.js';
import type { Topic } from './topics.js';

/** How a measure is called and written for people. */
export interface Manner {
  readonly topic: Topic;
  readonly label: string;
  /** What is left of the label below the topic's title: `over 1 bar`. */
  readonly aside: string;
  /** The number with its sign and unit: in tables, for thresholds and margins. */
  readonly write: (value: number) => string;
  /** The same in the words of an alert: a distance there says its side (`1.93 ATR below …`), a state its name. */
  readonly tell: (value: number) => string;
  /** What a rule asks for, after `needs`. */
  readonly need: (threshold: number) => string;
}

interface More {
  readonly tell?: (value: number, bars: string) => string;
  readonly need?: (threshold: number) => string;
}
type Entry = readonly [name: RegExp, topic: Topic, label: string, aside: string, write: (value: number) => string, more?: More];

const barsOf = (count: string): string => (count === '1' ? '1 bar' : `${count} bars`);
const inUnit = (unit: string) => (value: number) => `${rounded(value, 2)} ${unit}`;
const perHour = (value: number): string => `${quantity(value)} quote/h`;
const ofHundred = (value: number): string => percentText(100 * value);
const share = (value: number): string => `${Number(rounded(100 * value, 1))}%`;
const range = (value: number): string => decimal(Number(value.toPrecision(4)));
const wholeBars = (value: number): string => `${rounded(value, 0)} bars`;

const sides = (beyond: string, within: string, from: string) => (value: number, bars: string) =>
  `${rounded(Math.abs(value), 2)} ATR ${value < 0 ? within : beyond} the ${from}${bars === '' ? '' : ` of ${bars}`}`;
const states = (up: string, none: string, down: string) => (value: number) =>
  value === 1 ? up : value === -1 ? down : value === 0 ? none : significant(value);

const signed = (value: number): string => `${value > 0 ? '+' : ''}${rounded(value, 2)} ATR`;
const takers = (value: number): string => {
  const text = share(Math.abs(value));
  return text === '0%' ? 'as much bought as sold' : `${text} more ${value < 0 ? 'sold than bought' : 'bought than sold'}`;
};

/**
 * The measures by their one name (decisions.md 11), with the period in it as the parameter: `#` is so many bars. What is not
 * listed is shown under its own name as a bare number, so a new measure needs no line here to be told truthfully.
 */
const ENTRIES: readonly Entry[] = [
  [/^m_(\d+)$/, 'move', 'move over #', 'over #', inUnit('ATR')],
  [/^roc_(\d+)$/, 'move', 'change over #', 'over #', percentText],
  [/^changePct$/, 'move', 'change open to close', 'open to close', percentText],
  [/^natr(\d+)$/, 'move', 'ATR of #, of price', 'is 1 ATR', percentText],
  [/^atr(\d+)$/, 'move', 'ATR of #', 'is 1 ATR', range],
  [/^volume_logz(\d+)$/, 'volume', 'log volume against #', 'log, over #', inUnit('σ')],
  [/^volume_z(\d+)$/, 'volume', 'volume against #', 'plain, over #', inUnit('σ')],
  [/^volume_madlogz(\d+)$/, 'volume', 'log volume against #, robust', 'log and robust, over #', inUnit('σ')],
  [/^spikePct$/, 'volume', 'volume over its mean', 'over its mean', percentText],
  [/^volumeThresholdPct$/, 'volume', 'volume threshold used', 'is the threshold used', percentText],
  [/^pct$/, 'market', 'rank in the market', 'is its rank', ofHundred, { tell: share }],
  [/^excess_atr$/, 'market', 'beyond the market', 'on its own', inUnit('ATR'), { tell: signed }],
  [/^breadth$/, 'market', 'symbols that moved 2 ATR this way', 'moved 2 ATR this way', ofHundred, { tell: share }],
  [/^breadthPct$/, 'market', 'symbols that moved 2 ATR this way', 'moved 2 ATR this way', percentText],
  [
    /^candidates$/,
    'market',
    'symbols that met a rule at once',
    'met a rule at once',
    (value) => `${significant(value)} ${value === 1 ? 'symbol' : 'symbols'}`,
    { need: (threshold) => `more than ${significant(threshold)}` },
  ],
  [/^indexPct$/, 'market', 'middle of the market', 'is the middle of the market', changeText],
  [/^bitcoinPct$/, 'market', 'BTCUSDT', 'is BTCUSDT', changeText],
  [/^trend_state$/, 'trend', 'trend', 'trend', significant, { tell: states('up', 'flat', 'down') }],
  [/^alignment$/, 'trend', 'trends that go the same way', 'agree with the move', ofHundred, { tell: share }],
  [/^regime(\d+)$/, 'regime', 'regime of #', 'over #', significant, { tell: states('trending', 'mixed', 'ranging') }],
  [/^breakout(\d+)$/, 'breakout', 'close beyond the high of #', '', inUnit('ATR'), { tell: sides('above', 'below', 'high') }],
  [/^breakout_down(\d+)$/, 'breakout', 'close beyond the low of #', '', inUnit('ATR'), { tell: sides('below', 'above', 'low') }],
  [/^tbi$/, 'takers', 'taker buys less taker sells', '', ofHundred, { tell: takers }],
  [/^liquidity(?:PerHour|_per_hour|_24h|24h)?$/, 'volume', 'liquidity', 'liquidity', perHour],
  [/^spread_bp$/, 'spread', 'spread', 'between bid and ask', inUnit('bp')],
  [/^warm$/, 'data', 'history', 'of history', wholeBars],
];

/** Where measures belong that no entry names. */
const FAMILIES: readonly (readonly [name: RegExp, topic: Topic])[] = [
  [/^funding/, 'funding'],
  [/^(?:open_interest|openInterest|oi_)/, 'openInterest'],
];

/** How to call and write a measure. Names are outside text to a sink: rules come from users. */
export const mannerOf = (name: string): Manner => {
  const [base = '', longer] = name.split('@');
  const of = longer === undefined ? '' : ` (${cutTo(plain(longer), NAME_CODE_POINTS_MAX)} bars)`;
  for (const [pattern, topic, label, aside, write, { tell = write, need = write } = {}] of ENTRIES) {
    const match = pattern.exec(base);
    if (match === null) continue;
    const bars = match[1] === undefined ? '' : barsOf(match[1]);
    return {
      topic,
      label: `${label.replace('#', bars)}${of}`,
      aside: `${aside.replace('#', bars)}${of}`.trim(),
      write,
      tell: (value) => tell(value, bars),
      need,
    };
  }
  const own = cutTo(plain(name), NAME_CODE_POINTS_MAX);
  const topic = FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
  return { topic, label: own, aside: own, write: significant, tell: significant, need: significant };
};
