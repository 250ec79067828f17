import type { Observable } from 'rxjs';
import { combineLatest, map, of, startWith } from 'rxjs';
import type { Alert } from '../../model/alert.js';
import { isOfClosedBar } from '../../model/alert.js';
import type { Silence } from '../../model/silence.js';
import type { Parts } from '../../ports/pipeline.js';
import type { LongerMeasure, Rule } from '../../ports/rule.js';
import { regime as regimeMeasure } from '../measures/regime.js';
import { trendState } from '../measures/trend-state.js';
import type { CooldownMemory, Escalation } from './cooldown.js';
import { cooldown, cooldownMemory } from './cooldown.js';
import { correlation } from './correlation.js';
import type { CloseFilter } from './filter-closes.js';
import type { FilterSettings } from './filter-settings.js';
import { flood } from './flood.js';
import type { FloodMemory } from './flood-memory.js';
import { floodMemory } from './flood-memory.js';
import type { InhibitMemory } from './inhibit.js';
import { inhibit, inhibitMemory } from './inhibit.js';
import { mute } from './mute.js';
import type { MuteMemory } from './mute-memory.js';
import { muteMemory } from './mute-memory.js';
import type { RateMemory } from './rate.js';
import { rate, rateMemory } from './rate.js';
import { regime, REGIMES } from './regime.js';
import { spread } from './spread.js';
import { staleness } from './staleness.js';
import { trend } from './trend.js';

/** The numbers of the filters, and what differs from rule to rule. */
export interface UsualFilters extends FilterSettings {
  /** Cooldowns of rules that have their own, ms. */
  readonly cooldowns?: Readonly<Record<string, number>>;
  /** Moves that break the cooldown, by rule. */
  readonly escalation?: Readonly<Record<string, Escalation>>;
}

interface Memories {
  readonly cooldown: CooldownMemory;
  readonly flood: FloodMemory;
  readonly inhibit: InhibitMemory;
  readonly mute: MuteMemory;
  readonly rate: RateMemory;
}

type FilterParts = Pick<Parts, 'delivery' | 'marketTime' | 'remembered' | 'routeOf' | 'silence$' | 'mutedBefore'>;

const strengthOf = ({ strength }: Alert): number | null => strength?.value ?? null;

const TREND_STATES = ['trend_state', 'trend_state@1h'] as const;

const isEvery = (regimes: FilterSettings['regimes']): boolean => REGIMES.every((each) => regimes.includes(each));

/** The rule, reading what the filters look at besides. */
export const alsoForFilters = (rule: Rule, { trend: wanted, regimes }: FilterSettings): Rule => {
  const measures = [...(wanted === 'off' ? [] : [trendState()]), ...(isEvery(regimes) ? [] : [regimeMeasure()])];
  const longer: readonly LongerMeasure[] = wanted === 'off' ? [] : [{ measure: trendState(), interval: '1h' }];
  if (measures.length === 0) return rule;
  return { ...rule, measures: [...rule.measures, ...measures], longer: [...(rule.longer ?? []), ...longer] };
};

/** A filter that is off, and learns what is sent all the same, so that it knows when it is turned on. */
const off = ({ remember }: FloodMemory): CloseFilter => ({ decide: () => ({}), remember });

const countOf = (setting: number | 'off'): number | null => (setting === 'off' ? null : setting);

/** Staleness, the gates, then cooldown, what is muted, flood, correlation and rate (decisions.md 3). */
const filtersOf = (
  numbers: UsualFilters,
  silences: readonly Silence[],
  memories: Memories,
  { delivery, marketTime, routeOf }: FilterParts,
): readonly CloseFilter[] => {
  const { spread: wide, spreadLimit: limitBp, regimes: allowed, floodCandidates: candidates, floodBreadth: breadthPct } = numbers;
  const { cooldown: cooldownMs, cooldowns = {}, escalation = {}, floodCooldown, rateWindow: windowMs } = numbers;
  const [perSymbol, overall] = [countOf(numbers.ratePerSymbol), countOf(numbers.rateOverall)];
  const muting = mute({ silences, ...(routeOf === undefined ? {} : { routeOf }), memory: memories.mute });
  return [
    staleness({ maxAgeMs: delivery.maxAgeMs, scheduler: marketTime }),
    ...(wide === 'off' ? [] : [spread({ limitBp, wide })]),
    ...(numbers.trend === 'off' ? [] : [trend({ states: TREND_STATES })]),
    ...(isEvery(allowed) ? [] : [regime({ allowed })]),
    cooldown({ cooldownMs, cooldowns, escalation, memory: memories.cooldown }),
    muting,
    numbers.flood === 'on'
      ? flood({ candidates, breadthPct, cooldownMs: floodCooldown, memory: memories.flood })
      : off(memories.flood),
    // Once more, for the market alert that the flood may have made.
    { decide: (alerts, close) => muting.decide(alerts, close) },
    inhibit({
      singlesMs: numbers.inhibitSingles,
      unlessStrength: numbers.inhibitUnlessStrength === 'off' ? null : numbers.inhibitUnlessStrength,
      unlessEscalating: numbers.inhibitUnlessEscalating,
      memory: memories.inhibit,
    }),
    ...(numbers.correlation === 'on' ? [correlation({ threshold: numbers.correlationThreshold, strengthOf })] : []),
    rate({ perSymbol, overall, windowMs, memory: memories.rate, strengthOf }),
  ];
};

/**
 * The filters of every pipeline, for `filterCloses`: made anew for every subscriber, and built again, over the same memories,
 * whenever their numbers change.
 */
export const usualFilters =
  (parts: FilterParts, numbers$: Observable<UsualFilters>) => (): Observable<readonly CloseFilter[]> => {
    const emitted = parts.remembered.emitted.filter(isOfClosedBar);
    const { silence$ = of([]), mutedBefore = [] } = parts;
    const memories = {
      cooldown: cooldownMemory(emitted),
      flood: floodMemory(emitted),
      inhibit: inhibitMemory(emitted),
      mute: muteMemory(emitted, mutedBefore.filter(isOfClosedBar)),
      rate: rateMemory(emitted),
    };
    return combineLatest([numbers$, silence$.pipe(startWith([]))]).pipe(
      map(([numbers, silences]) => filtersOf(numbers, silences, memories, parts)),
    );
  };
