import type { Series } from './series.js';

/**
 * Anything that went wrong without stopping the monitor. One union; it becomes a log line, a counter and health at one
 * place (telemetry). `detail` is one clear sentence without secrets. Levels are by consequence: `warn` when nothing was
 * lost, `error` when something was, or when a person is needed.
 */
export interface Fault {
  readonly kind: FaultKind;
  readonly detail: string;
  readonly series?: Series;
  readonly alertId?: string;
  readonly sink?: string;
  /** How many things the fault speaks of (frames, bars, …), 1 if absent. */
  readonly count?: number;
}

export const FAULT_LEVELS = {
  // the stream
  'frame-rejected': 'warn',
  'frame-unexpected': 'warn',
  'canary-disagreed': 'error',
  'bar-rejected': 'warn',
  'number-imprecise': 'warn',
  'feed-lost': 'warn',
  'feed-refused': 'error',
  'feed-silent': 'warn',
  'subscription-failed': 'warn',
  // acknowledged, and nothing comes: a wrong or retired path
  'path-silent': 'error',
  // a server that could not prove who it is; `feed-refused` when that lasts
  'feed-insecure': 'warn',
  // a planned change of connection that the exchange asked for
  'feed-moved': 'warn',
  // one stream silent while others flow
  'stream-muted': 'warn',
  // bars over REST because no socket delivers, and the end of that
  'feed-fallback': 'warn',
  // REST and the catalogue
  'request-failed': 'warn',
  'request-refused': 'error',
  'budget-spent': 'warn',
  'universe-suspicious': 'warn',
  'symbol-stopped': 'warn',
  // bars
  'bars-refilled': 'warn',
  // the exchange itself has no such bar
  'bars-missing': 'warn',
  // the exchange may have it, and it could not be had
  'bars-lost': 'error',
  'bars-revised': 'warn',
  'bar-outlier': 'warn',
  // a longer bar is not what its shorter bars make
  'bars-disagree': 'warn',
  'series-restarted': 'warn',
  // a bar that nothing here can cope with: its series is left out until the next start
  'series-quarantined': 'error',
  'recording-ignored': 'warn',
  'recording-incomplete': 'warn',
  // delivery
  'delivery-refused': 'warn',
  'delivery-unknown': 'warn',
  'delivery-odd': 'warn',
  'alert-expired': 'error',
  'alert-dead': 'error',
  'sink-disabled': 'error',
  'text-shortened': 'warn',
  // a message does not tell yet what its episode has become; it is tried again
  'edit-failed': 'warn',
  // an alert told in words alone, though its sink shows pictures
  'picture-omitted': 'warn',
  // the thread that draws them has died, or cannot draw at all
  'pictures-failed': 'warn',
  // store
  'store-recovered': 'warn',
  'store-failed': 'error',
  'store-damaged': 'error',
  'store-suspicious': 'warn',
  // several replicas: this one waits, has become the active one, or was the active one
  'replica-waiting': 'warn',
  'lease-taken': 'warn',
  'lease-lost': 'warn',
  // the cache of bars, whose loss costs time alone
  'cache-damaged': 'warn',
  'cache-failed': 'warn',
  // the process
  'clock-moved': 'warn',
  'machine-slept': 'warn',
  'starts-frequent': 'error',
  // the record of decisions, which nothing rests on
  'decisions-lost': 'warn',
  // settings
  'setting-ignored': 'warn',
  // the file of silences is not understood: what it was meant to silence is told
  'silences-refused': 'error',
} as const satisfies Record<string, 'warn' | 'error'>;

export type FaultKind = keyof typeof FAULT_LEVELS;

export type Report = (fault: Fault) => void;
