/*
 * The door of the package: what you compose and marble-test your own pipeline of. Everything here is an operator, a formula or
 * a noun; nothing connects, reads or writes by being imported.
 */
export * from './model/alert.js';
export * from './model/bar.js';
export type { Close, EarlyNews } from './model/close.js';
export * from './model/delivery.js';
export type { Fault, FaultKind, Report } from './model/fault.js';
export * from './model/interval.js';
export * from './model/reading.js';
export type { Section, Standing } from './model/section.js';
export * from './model/series.js';
export * from './model/strength.js';
export type { Condition, Direction, Judged, Verdict } from './model/verdict.js';
export type { Window } from './model/window.js';

export * from './operators/bars/in-order.js';
export * from './operators/bars/per-symbol.js';
export * from './operators/bars/reorder.js';
export * from './operators/bars/resample.js';
export * from './operators/connection/handover.js';
export * from './operators/connection/reconnect.js';
export * from './operators/connection/watchdog.js';
export * from './operators/delivery/claim.js';
export * from './operators/delivery/deliver-to.js';
export * from './operators/delivery/settle.js';
export * from './operators/delivery/to-each.js';
export * from './operators/filters/cooldown.js';
export * from './operators/filters/correlation.js';
export * from './operators/filters/filter-closes.js';
export * from './operators/filters/flood.js';
export * from './operators/filters/rate.js';
export { regime as regimeFilter, REGIMES } from './operators/filters/regime.js';
export * from './operators/filters/spread.js';
export * from './operators/filters/staleness.js';
export * from './operators/filters/trend.js';
export * from './operators/judges/conditions-rule.js';
export * from './operators/judges/classic.js';
export * from './operators/judges/judge.js';
export * from './operators/judges/momentum.js';
export * from './operators/judges/reaches.js';
export * from './operators/market/barrier.js';
export * from './operators/market/closes.js';
export * from './operators/market/early.js';
export * from './operators/market/readings.js';
export * from './operators/market/sections.js';
export * from './operators/measures/index.js';
export * from './operators/measures/measure.js';
export * from './operators/windows/sliding-window.js';

export type { Measure, Reader } from './ports/measure.js';
export { definePipeline } from './ports/pipeline.js';
export type { Outcome, Parts, Pipeline } from './ports/pipeline.js';
export type { Rule } from './ports/rule.js';
export { DeliveryError } from './ports/sink.js';
export type { Attempt, Receipt, Sink } from './ports/sink.js';
export type { FeedEvent, History, Roster, SeriesEvent, Source } from './ports/source.js';
export { StoreError } from './ports/store.js';
export type { Claim, Position, Remembered, Store, Transition } from './ports/store.js';
