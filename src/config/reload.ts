import { Secret } from '../model/secret.js';
import { readsOf } from '../operators/judges/reads.js';
import type { Settings } from './settings.js';

/** What new settings ask of a monitor that is running with the old ones. */
export type Change =
  | { readonly kind: 'none' }
  /** Only numbers of judging and filtering differ; `paths` names them. */
  | { readonly kind: 'thresholds'; readonly paths: readonly string[] }
  /** Something differs that is built once, at the start; `paths` names it. */
  | { readonly kind: 'restart'; readonly paths: readonly string[] };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** Paths at which two values differ, down to where both have something to go on with. Secrets are compared and never named by value. */
const differences = (before: unknown, after: unknown, path: string): readonly string[] => {
  if (Object.is(before, after) || typeof before === 'function') return [];
  if (before instanceof Secret && after instanceof Secret) return before.reveal() === after.reveal() ? [] : [path];
  if (!isRecord(before) || !isRecord(after) || Array.isArray(before) !== Array.isArray(after)) return [path];
  if (Array.isArray(before) && Array.isArray(after) && before.length !== after.length) return [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differences(before[key], after[key], `${path}.${key}`));
};

/** The settings without the pipeline's, with the parts a plug-in is chosen by beside its options, as they stand in the file. */
const others = ({ pipeline, source, store, sinks, ...rest }: Settings): Readonly<Record<string, unknown>> => ({
  ...rest,
  pipeline: { type: pipeline.type },
  source: { type: source.type, ...source.options },
  store: { type: store.type, ...store.options },
  sinks: sinks.map(({ type, options }) => ({ type, ...options })),
});

const changesOf = (before: object, after: object): readonly string[] =>
  differences(before, after, '').map((path) => path.slice(1));

/**
 * Compares what a monitor runs with and what the file says now. Thresholds are not state (design.md rule 8): they alone may
 * change while it runs, and only to rules that read the same of the bars.
 */
export const changeOf = (before: Settings, after: Settings): Change => {
  const elsewhere = changesOf(others(before), others(after));
  const here = changesOf({ pipeline: before.pipeline.settings }, { pipeline: after.pipeline.settings });
  const readsElse = readsOf(before.pipeline.rules()) !== readsOf(after.pipeline.rules());
  if (elsewhere.length > 0 || readsElse) return { kind: 'restart', paths: [...elsewhere, ...(readsElse ? here : [])] };
  return here.length === 0 ? { kind: 'none' } : { kind: 'thresholds', paths: here };
};
