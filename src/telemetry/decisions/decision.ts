import type { Alert } from '../../model/alert.js';
import type { PlacedBar } from '../../model/bar.js';
import type { Close } from '../../model/close.js';
import type { Values } from '../../model/reading.js';
import type { Section, Standing } from '../../model/section.js';
import type { Verdict } from '../../model/verdict.js';

/** What the ring keeps of a bar: what a person asks for, and how good the data are. */
export type DecidedBar = Pick<
  PlacedBar,
  'symbol' | 'open' | 'high' | 'low' | 'close' | 'volume' | 'quoteVolume' | 'provenance' | 'follows'
>;

/** One series at one decided close: its bar, every value, and every verdict with its conditions. */
export interface Decision {
  readonly bar: DecidedBar;
  readonly values: Values;
  readonly verdicts: readonly Omit<Verdict, 'shown'>[];
}

/** What became of a fired verdict. Its bar and its conditions are those of the decision; a market alert has its own. */
export type DecidedAlert = Omit<Alert, 'bar' | 'conditions'> & Partial<Pick<Alert, 'conditions'>>;

/** The market at the close; `standings` of the alerts' symbols. */
export interface DecidedSection extends Omit<Section, 'standings' | 'correlation'> {
  readonly standings: Readonly<Record<string, Standing>>;
}

/** A close as it was decided. Read for some symbols only, `decisions` holds theirs alone; the alerts are always all. */
export interface DecidedClose extends Pick<
  Close,
  'market' | 'interval' | 'openTimeMs' | 'decisionTimeMs' | 'expected' | 'received' | 'late' | 'lagging'
> {
  /** True when it holds corrected bars, judged for the record only. */
  readonly revision: boolean;
  readonly decisions: readonly Decision[];
  readonly alerts: readonly DecidedAlert[];
  readonly section: DecidedSection | null;
}
