import type { SourceStatus } from '../ports/source.js';
import type { FaultCounts } from './faults.js';
import type { Sight } from './ledger.js';

/** How the monitor is now. The run fills it in each time somebody asks; everything in it is shown to whoever asks. */
export interface HealthState {
  readonly version: string;
  readonly uptimeMs: number;
  readonly sockets: SourceStatus['sockets'];
  /** `warm` series have caught up with the market; `expected` are those that should be followed now. */
  readonly series: { readonly warm: number; readonly expected: number };
  /** Market time since the newest closed bar arrived; `null` before the first. */
  readonly lastBarAgeMs: number | null;
  /** An older newest bar means that the monitor is stuck: bar length + grace + barrier, and some. */
  readonly lastBarAgeMsMax: number;
  /** `standby`: another replica is active, and this one waits for its place. */
  readonly store: { readonly writable: boolean; readonly note: string | null; readonly standby?: boolean };
  /** Deliveries not yet in a final state. */
  readonly deliveriesWaiting: number;
  /** Sinks that refuse for good, each with why: they are told nothing more until their settings are others. None if absent. */
  readonly sinksRefusing?: Readonly<Record<string, string>>;
  readonly faults: FaultCounts;
  /** How every due bar was seen, or why it was not. */
  readonly sight?: Sight;
  /** What the monitor is doing when it is not simply following, in plain words. */
  readonly note: string | null;
}

/** One question, its answer, and every reason for a no, in plain words. */
export interface Judgement {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

/** A newly listed symbol may be warming up at any moment; below this share the cross-section is not the market's. */
const WARM_SHARE_MIN = 0.95;

const judgement = (...reasons: readonly (string | null)[]): Judgement => {
  const said = reasons.filter((reason) => reason !== null);
  return { ok: said.length === 0, reasons: said };
};

const stuck = ({ lastBarAgeMs, lastBarAgeMsMax }: HealthState): string | null =>
  lastBarAgeMs !== null && lastBarAgeMs > lastBarAgeMsMax
    ? `no bar for ${Math.round(lastBarAgeMs / 1_000)} s, at most ${Math.round(lastBarAgeMsMax / 1_000)} s are normal`
    : null;

const unwritable = ({ store }: HealthState): string | null =>
  store.writable ? null : `the store cannot be written${store.note === null ? '' : `: ${store.note}`}`;

const standingBy = ({ store }: HealthState): string | null =>
  store.standby === true ? `standby${store.note === null ? '' : `: ${store.note}`}` : null;

const unwarmed = ({ series: { warm, expected } }: HealthState): string | null => {
  if (expected === 0) return 'the universe is not known yet';
  return warm < expected * WARM_SHARE_MIN ? `${warm} of ${expected} series are warm` : null;
};

const disconnected = ({ sockets }: HealthState): string | null => {
  const down = sockets.filter(({ open }) => !open).length;
  return down === 0 ? null : `${down} of ${sockets.length} sockets are not open`;
};

const refusing = ({ sinksRefusing = {} }: HealthState): readonly string[] => Object.values(sinksRefusing);

/**
 * Alive and not stuck: the store takes claims, and bars come once they have begun to. A replica that waits is well: it must not be
 * started anew for that. A person should look when it is not.
 */
export const judgeHealth = (state: HealthState): Judgement =>
  state.store.standby === true ? judgement() : judgement(stuck(state), unwritable(state));

/** Healthy, connected and warm: what it does not say now did not happen. */
export const judgeReadiness = (state: HealthState): Judgement =>
  state.store.standby === true
    ? judgement(standingBy(state))
    : judgement(stuck(state), unwritable(state), disconnected(state), unwarmed(state), ...refusing(state));
