import type { Alert } from '../../model/alert.js';
import { tell } from '../words/words.js';

/** An alert in one line of plain text, for a subject or a notification: `▲ BTCUSDT +2.41% · 15m · USD-M perpetual`. */
export const headline = (alert: Alert): string => {
  const { grade, arrow, symbol, change, series } = tell(alert, { number: 1, mayRepeat: false });
  return `${grade === null ? '' : `${grade.word} `}${arrow} ${symbol} ${change} · ${series}`;
};
