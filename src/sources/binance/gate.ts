import type { Bar } from '../../model/bar.js';
import type { Report } from '../../model/fault.js';
import type { Series } from '../../model/series.js';
import type { Complaints } from './complaints.js';
import type { Admission, Rejection } from './door.js';

const WHY: Readonly<Record<Rejection, string>> = {
  number: 'a price or volume is not a plain decimal number, or a price is zero',
  ohlc: 'its high is not the highest or its low not the lowest price',
  'time-unit': 'its times are not in milliseconds',
  time: 'its times do not fit its interval',
  early: 'it is said to be closed before its time; it will be asked for when its time has come',
  future: 'it lies more than its own length in the future',
};

/** Carries out what the door says, and reports it. */
export interface Gate {
  /** The bar, or `null` when it was turned away. */
  pass(series: Series, admission: Admission, openTime: unknown): Bar | null;
}

export const createGate = (complaints: Complaints, report: Report): Gate => ({
  pass: (series, admission, openTime) => {
    if (admission.bar === null) {
      const name = `${series.symbol} ${series.interval} ${typeof openTime === 'number' ? openTime : 'of unknown time'}`;
      report({ kind: 'bar-rejected', series, detail: `bar ${name} turned away (${admission.reason}): ${WHY[admission.reason]}` });
      return null;
    }
    if (admission.imprecise) {
      complaints.tell(`digits ${series.market}`, 'imprecise', {
        kind: 'number-imprecise',
        series,
        detail: `${series.market}: bars carry more digits than a double is sure to keep, first seen at ${series.symbol}`,
      });
    }
    if (admission.outlier) {
      const { openTimeMs, low, high } = admission.bar;
      const detail = `bar ${series.symbol} ${series.interval} ${openTimeMs} ranges from ${low} to ${high}`;
      report({ kind: 'bar-outlier', series, detail });
    }
    return admission.bar;
  },
});
