import type { Settings } from '../config/settings.js';
import type { Report } from '../model/fault.js';
import type { MarketClock } from '../ports/context.js';
import { createRecorder } from '../runtime/recorder/recorder.js';

export interface RecordedSource {
  readonly source: Settings['source'];
  /** Resolves when everything is on the disk. */
  close(): Promise<void>;
}

/**
 * The source of these settings, with a recorder around its network where they ask for one. Only the source's ports are recorded:
 * what sinks send, and the secrets they send it with, cannot get there.
 */
export const recordedSource = ({ source, record }: Settings, clock: MarketClock, report: Report): RecordedSource => {
  if (record === null) return { source, close: () => Promise.resolve() };
  const { folder, maxBytes, rotateAfter: rotateAfterMs, maxFiles } = record;
  const recorder = createRecorder({ folder, maxBytes, rotateAfterMs, maxFiles, clock, report });
  return {
    source: {
      ...source,
      create: (context) =>
        source.create({ ...context, http: recorder.http(context.http), sockets: recorder.sockets(context.sockets) }),
    },
    close: () => recorder.close(),
  };
};
