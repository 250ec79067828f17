import type { SchedulerLike } from 'rxjs';
import type { Check } from '../../ports/check.js';
import { failed, fine } from '../../ports/check.js';
import { StoreError } from '../../ports/store.js';
import type { Backend } from './backend.js';

const detailOf = (error: unknown): string => (error instanceof StoreError ? error.detail : String(error));

/** Writes and removes something beside the store's own data, and looks at what the server is told to keep. Never rejects. */
export const probeServer = async (
  { place, tryWriting, weaknesses }: Pick<Backend, 'place' | 'tryWriting' | 'weaknesses'>,
  wireTime: SchedulerLike,
): Promise<readonly Check[]> => {
  const startedMs = wireTime.now();
  try {
    await tryWriting();
    const tookMs = (wireTime.now() - startedMs).toFixed(1);
    const weak = await weaknesses();
    return [
      fine('server', `${place}: written to in ${tookMs} ms`),
      ...(weak.length === 0
        ? [fine('durable', 'what the server acknowledges survives its crash, as far as it tells')]
        : weak.map((sentence) => failed('durable', sentence, 'change this setting of the server'))),
    ];
  } catch (error) {
    return [
      failed('server', detailOf(error), 'look at the address in store.url, and whether the server runs and lets this user write'),
    ];
  }
};
