import { decisionTimeMs } from '../../model/bar.js';
import type { Alert } from '../../model/alert.js';
import type { Episode } from '../../model/episode.js';
import { strengthText } from '../../model/strength.js';
import type { Attempt } from '../../ports/sink.js';
import { tellEpisode } from '../words/episodes.js';
import { notAvailable, REASON_WORDS } from '../words/facts.js';
import { groupsOf, groupText } from '../words/groups.js';
import { changeText } from '../words/numbers.js';
import { cutTo, NAME_CODE_POINTS_MAX, plain } from '../words/plain.js';
import type { Topic } from '../words/topics.js';
import { tell } from '../words/words.js';

/** `+312.5% above its mean` where the rule measured that; else how unusual the volume was on its scale. */
const volumeChange = ({ measures, reasons }: Alert): string => {
  const spike = measures['spikePct'];
  if (typeof spike === 'number' && Number.isFinite(spike)) return changeText(spike);
  const score = measures['volume_logz20'];
  if (typeof score === 'number' && Number.isFinite(score)) return `${score.toFixed(2)} σ`;
  const reason = reasons['spikePct'] ?? reasons['volume_logz20'];
  return notAvailable(reason === undefined ? 'no measure tells it' : REASON_WORDS[reason]);
};

const moveAtr = ({ measures }: Alert): string => {
  const move = measures['m_1'];
  return typeof move === 'number' && Number.isFinite(move) ? `${move.toFixed(2)} ATR` : notAvailable(undefined);
};

const strengthWords = ({ strength }: Alert): string => {
  if (strength === undefined) return notAvailable('no strength was worked out');
  return strength.value === null ? notAvailable('too little is known') : `${strengthText(strength.value)} of 10`;
};

/** What a template sees of one alert. */
export type Scope = Readonly<Record<string, unknown>>;

/** Its texts, each fit for one line, and what they say. */
const TEXTS = {
  arrow: '▲ or ▼.',
  symbol: 'The symbol; `whole market` for a market alert.',
  direction: 'up or down.',
  kind: 'single or market.',
  change: 'From the open to the close of the bar, in percent with its sign.',
  changeAtr: 'The move over one bar, in average true ranges.',
  volumeChange: 'Volume over its mean in percent, or its score on a log scale.',
  strength: 'How unusual the move is: `7.2 of 10`.',
  interval: 'Length of the bar.',
  market: 'usdm or spot.',
  series: 'Interval and market in words.',
  rule: 'Name of the rule.',
  time: 'From when to when the bar was, UTC.',
  open: 'Price.',
  high: 'Price.',
  low: 'Price.',
  close: 'Price.',
  grade: 'EARLY, CONFIRMED or FADED, with what that means; empty for a closed bar.',
  data: 'How sure the data are.',
  doubts: 'What of it is a reason to be careful; empty when nothing is.',
  repeat:
    'That it may be a repeat, that another sink did not take it, or what was silenced before; empty when there is nothing of that.',
  chart: 'Address of the chart at the exchange; empty where there is none.',
  id: 'Id of the alert.',
} as const;

/** Variables with what may be asked of them: nothing more, or these properties of each item of a list. */
export const VARIABLES: Readonly<Record<string, readonly string[] | null>> = {
  ...Object.fromEntries(Object.keys(TEXTS).map((name) => [name, null])),
  closedAtMs: null,
  attempt: null,
  fields: ['name', 'title', 'text'],
  story: ['atMs', 'text'],
};

/** Everything a template may name, of one alert. */
export const scopeOf = (
  alert: Alert,
  attempt: Attempt,
  episode: Episode | undefined,
  fields: readonly Topic[] | undefined,
): Scope => {
  const told = tell(alert, attempt);
  const texts: Readonly<Record<keyof typeof TEXTS, string>> = {
    arrow: told.arrow,
    symbol: told.symbol,
    direction: alert.direction,
    kind: alert.kind,
    change: told.change,
    changeAtr: moveAtr(alert),
    volumeChange: volumeChange(alert),
    strength: strengthWords(alert),
    interval: alert.interval,
    market: alert.market,
    series: told.series,
    rule: cutTo(plain(alert.rule), NAME_CODE_POINTS_MAX),
    time: told.time,
    open: told.open,
    high: told.high,
    low: told.low,
    close: told.close,
    grade: told.grade === null ? '' : `${told.grade.word}: ${told.grade.sentence}`,
    data: told.data.join(' · '),
    doubts: told.doubts.join(' · '),
    repeat: told.repeat ?? '',
    chart: told.chart ?? '',
    id: told.id,
  };
  return {
    ...texts,
    closedAtMs: decisionTimeMs(alert),
    attempt: attempt.number,
    fields: groupsOf(told, fields).map((group) => ({ name: group.topic, title: group.title, text: groupText(group) })),
    story: episode === undefined ? [] : tellEpisode(episode).lines,
  };
};
