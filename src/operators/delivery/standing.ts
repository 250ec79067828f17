import type { Observable } from 'rxjs';
import { defer, EMPTY, map } from 'rxjs';
import type { Sink } from '../../ports/sink.js';
import type { StepOptions } from './step.js';
import { untilDurable } from './until-durable.js';

/** Where the store keeps that a sink refuses for good: `get(REFUSED, name)`. */
export const REFUSED = 'sink-refused';

/** What is kept of a sink that is not to be asked any more. */
export interface Refusal {
  readonly reason: string;
  /** Market time, ms UTC. */
  readonly atMs: number;
  /** Of the settings that were refused: with others it is worth a new try. */
  readonly fingerprint: string;
}

const isRefusal = (value: unknown): value is Refusal => {
  const { reason, atMs, fingerprint } = (value ?? {}) as Partial<Refusal>;
  return typeof reason === 'string' && typeof atMs === 'number' && typeof fingerprint === 'string';
};

/** Why a sink of these very settings is not to be asked, from an earlier life; `null` where nothing is known against it. */
export const refusalOf = (sink: Sink, { store }: Pick<StepOptions, 'store'>): Observable<string | null> =>
  defer(() => store.get(REFUSED, sink.name)).pipe(
    map((held) => (isRefusal(held) && held.fingerprint === sink.fingerprint?.() ? held.reason : null)),
  );

/** Keeps that a sink refuses for good, so that a restart does not ask again. Without settings to compare there is nothing to keep. */
export const keepRefusal = (sink: Sink, reason: string, options: StepOptions): Observable<never> => {
  const { store, epoch, marketTime, wireTime, random, report } = options;
  return defer(() => {
    if (sink.fingerprint === undefined) return EMPTY;
    const refusal: Refusal = { reason, atMs: marketTime.now(), fingerprint: sink.fingerprint() };
    return store.put(epoch, REFUSED, sink.name, refusal).pipe(
      untilDurable({
        wireTime,
        random,
        report,
        faultOf: ({ detail }) => ({ kind: 'store-failed', sink: sink.name, detail: `a refusal could not be kept: ${detail}` }),
      }),
    );
  });
};
