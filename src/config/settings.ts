import type { Observable } from 'rxjs';
import type { z } from 'zod';
import type { EpisodeSettings } from '../model/episode.js';
import type { Context } from '../ports/context.js';
import type { Measure } from '../ports/measure.js';
import type { DeliverySettings, Outcome, Parts, Pipeline } from '../ports/pipeline.js';
import type { Rule } from '../ports/rule.js';
import type { Plugin } from '../ports/plugin.js';
import type { Sink } from '../ports/sink.js';
import type { Source } from '../ports/source.js';
import type { Store } from '../ports/store.js';
import type { Route } from '../operators/delivery/route.js';
import type { cache, clock, decisions, health, log, record, silences } from './sections.js';

/** The plug-ins a config may name. The first source, store, sink and pipeline of each list is the one that is taken when none is named. */
export interface Lists {
  readonly sources: readonly Plugin<string, z.ZodRawShape, Source>[];
  readonly stores: readonly Plugin<string, z.ZodRawShape, Store>[];
  readonly sinks: readonly Plugin<string, z.ZodRawShape, Sink>[];
  readonly pipelines: readonly Pipeline[];
}

/** A plug-in with its options, read by its own schema: durations are milliseconds, secrets are `Secret`s. */
export interface Chosen<Built> {
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
  create(context: Context): Built;
}

/** A sink that is on. `name` is unique among them. */
export interface ChosenSink extends Chosen<Sink> {
  readonly name: string;
}

export interface ChosenPipeline {
  readonly type: string;
  readonly settings: Readonly<Record<string, unknown>>;
  rules(): readonly Rule[];
  measures(): readonly Measure[];
  /** Settings that follow are of the same pipeline, and read the same (`readsOf`). */
  compose(parts: Parts, later$?: Observable<Readonly<Record<string, unknown>>>): Observable<Outcome>;
}

/** Everything a run is told. Durations are milliseconds. */
export interface Settings {
  readonly source: Chosen<Source>;
  readonly pipeline: ChosenPipeline;
  readonly store: Chosen<Store>;
  readonly sinks: readonly ChosenSink[];
  readonly delivery: DeliverySettings;
  /** `null`: every sink gets every alert. */
  readonly route: Route | null;
  /** `null`: every alert is told for itself. */
  readonly episodes: EpisodeSettings | null;
  /** `every` in milliseconds. */
  readonly silences: Readonly<z.output<typeof silences>>;
  readonly barrierMs: number;
  readonly health: Readonly<z.output<typeof health>>;
  readonly log: Readonly<z.output<typeof log>>;
  readonly clock: Readonly<z.output<typeof clock>>;
  /** `null`: nothing is recorded. */
  readonly record: Readonly<NonNullable<z.output<typeof record>>> | null;
  readonly cache: Readonly<z.output<typeof cache>>;
  /** `keep` in milliseconds, `maxBytes` in bytes. */
  readonly decisions: Readonly<z.output<typeof decisions>>;
}
