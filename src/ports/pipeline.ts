import type { Observable, SchedulerLike } from 'rxjs';
import type { z } from 'zod';
import type { FormingBar } from '../model/bar.js';
import type { Close } from '../model/close.js';
import type { Delivery } from '../model/delivery.js';
import type { Alert } from '../model/alert.js';
import type { EpisodeSettings, KeptEpisodes } from '../model/episode.js';
import type { Report } from '../model/fault.js';
import type { Interval } from '../model/interval.js';
import type { Silence } from '../model/silence.js';
import type { Notice } from '../model/sighting.js';
import type { Rule } from './rule.js';
import type { FeedEvent, History } from './source.js';
import type { Remembered, Store } from './store.js';
import type { Sink } from './sink.js';
import type { Measure } from './measure.js';

/** The numbers of delivery, the same for every pipeline (reliability.md §2.1). Times are market milliseconds. */
export interface DeliverySettings {
  readonly onUnknown: 'resend' | 'drop';
  readonly maxUnknownResends: number;
  /** Nothing older is sent; `null`: the smaller of 2 bars and 15 minutes, at least 60 s. */
  readonly maxAgeMs: number | null;
  /** Wire milliseconds without sending after the fourth start within a minute (reliability.md F96). */
  readonly quickStartPauseMs: number;
  /** Alerts that may wait for one sink; of more, the weakest are left out. */
  readonly queueLimit: number;
  /** Chains of sinks: where one does not take an alert, the next one gets it. None if absent. */
  readonly fallback?: readonly (readonly string[])[];
}

/** Where an alert goes. */
export interface Routed {
  /** Names of sinks, each once; none: it goes to nobody. */
  readonly sinks: readonly string[];
  /** The mute time because of which it goes to nobody; `null`: there is another reason, or none is needed. */
  readonly muteTime: string | null;
  /** Which routes have decided it, in a few words. */
  readonly why: string;
}

/** What a pipeline is given. */
export interface Parts {
  /** Shared by the run: subscribing twice does not connect twice. */
  readonly event$: Observable<FeedEvent>;
  /** Bars that are still forming (src/ports/source.ts); absent where the source has none. */
  readonly forming?: (everyMs: number) => Observable<FormingBar>;
  readonly history: History;
  readonly store: Store;
  readonly remembered: Remembered;
  readonly sinks: readonly Sink[];
  readonly marketTime: SchedulerLike;
  readonly wireTime: SchedulerLike;
  readonly random: () => number;
  /** How long a close waits for the rest of the market after its first bar, in market milliseconds. */
  readonly barrierMs: number;
  readonly delivery: DeliverySettings;
  /** Wire milliseconds during which nothing is sent: 0, unless the monitor keeps dying right after its start. */
  readonly quietStartMs: number;
  readonly report: Report;
  /** Longer bars that the judged ones are seen beside, rebuilt of them (signals.md §4.1); none if absent. */
  readonly higherIntervals?: readonly Interval[];
  /** How alerts are grouped into episodes, and what earlier lives left of them; every alert is told for itself if absent. */
  readonly episodes?: { readonly settings: EpisodeSettings; readonly kept: KeptEpisodes };
  /** Where each alert goes; to every sink if absent. */
  readonly routeOf?: (alert: Alert) => Routed;
  /** The silences that somebody has asked for, whenever they change; none if absent. */
  readonly silence$?: Observable<readonly Silence[]>;
  /** What silences and mute times withheld in earlier lives, as far as it is remembered; nothing if absent. */
  readonly mutedBefore?: readonly Alert[];
  /** Counts what is no fault: repeats, late bars, missing bars (src/model/sighting.ts). */
  readonly notice?: Notice;
}

/**
 * What a pipeline tells the run: each decided close once it is durable, and each step of a delivery. `early` is what was said of
 * bars that were still forming, sent and withheld, and what became of it (`Alert.grade`): it belongs to no close's numbers.
 */
export type Outcome =
  | { readonly kind: 'close'; readonly close: Close }
  | { readonly kind: 'early'; readonly alerts: readonly Alert[] }
  | { readonly kind: 'delivery'; readonly delivery: Delivery; readonly alert: Alert };

/** One composition of operators. YAML names it by `type` and sets its numbers. */
export interface Pipeline<Type extends string = string, Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly type: Type;
  readonly summary: string;
  readonly settings: z.ZodObject<Shape>;
  /** The rules that judge; those of a pipeline that takes no settings later need not be told. */
  rules?(settings: z.output<z.ZodObject<Shape>>): readonly Rule[];
  /** What the rules read of every bar. What stands around an alert is read besides, and may need a longer warm-up. */
  measures(settings: z.output<z.ZodObject<Shape>>): readonly Measure[];
  /**
   * `later$` are settings that replace the first ones while the pipeline runs: they change judgement and filters, and neither
   * windows nor what the filters remember. Only those whose rules read the same of the bars may come; none if absent.
   */
  compose(
    parts: Parts,
    settings: z.output<z.ZodObject<Shape>>,
    later$?: Observable<z.output<z.ZodObject<Shape>>>,
  ): Observable<Outcome>;
}

export const definePipeline = <Type extends string, Shape extends z.ZodRawShape>(pipeline: Pipeline<Type, Shape>) => pipeline;
