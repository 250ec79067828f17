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
  // REST and the catalogue
  'request-failed': 'warn',
  'request-refused': 'error',
  'budget-spent': 'warn',
  'universe-suspicious': 'warn',
  // bars
  'bars-refilled': 'warn',
  'bars-missing': 'error',
  'series-restarted': 'warn',
  'recording-ignored': 'warn',
  // delivery
  'delivery-refused': 'warn',
  'delivery-unknown': 'warn',
  'delivery-odd': 'warn',
  'alert-expired': 'error',
  'alert-dead': 'error',
  'sink-disabled': 'error',
  'text-shortened': 'warn',
  // store
  'store-recovered': 'warn',
  'store-failed': 'error',
  'store-damaged': 'error',
  'store-suspicious': 'warn',
  // the process
  'starts-frequent': 'error',
  // settings
  'setting-ignored': 'warn',
} as const satisfies Record<string, 'warn' | 'error'>;

export type FaultKind = keyof typeof FAULT_LEVELS;

export type Report = (fault: Fault) => void;
