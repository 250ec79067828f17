import { join } from 'node:path';
import type { OperatorFunction } from 'rxjs';
import { asyncScheduler, queueScheduler } from 'rxjs';
import type { Settings } from '../config/settings.js';
import type { Close } from '../model/close.js';
import type { Report } from '../model/fault.js';
import { measures } from '../operators/measures/index.js';
import { createPatientRingFiles, createRingFiles } from '../runtime/ring-files.js';
import { recordDecisions } from '../telemetry/decisions/ring.js';

/**
 * Where the settings keep the ring of decisions; `null` when they keep none. By itself it is kept inside the folder of the store:
 * who remembers over restarts has a folder, and a replay of recorded bars is nothing that one would ask about later.
 */
export const decisionsFolder = ({
  decisions,
  store,
  source,
}: Pick<Settings, 'decisions' | 'store' | 'source'>): string | null => {
  const { enabled, folder } = decisions;
  if (enabled === 'off') return null;
  if (folder !== 'auto') return folder;
  const { path } = store.options;
  const ofStore = typeof path === 'string' ? join(path, 'decisions') : null;
  if (enabled === 'on') return ofStore ?? 'decisions';
  return source.type === 'replay' ? null : ofStore;
};

/** What records the closes of a run by these settings; `null` where nothing is to be recorded. */
export const decisionsRecord = (settings: Settings, report: Report): OperatorFunction<Close, never> | null => {
  const folder = decisionsFolder(settings);
  if (folder === null) return null;
  const isReplay = settings.source.type === 'replay';
  return recordDecisions({
    folder,
    files: isReplay ? createPatientRingFiles() : createRingFiles(),
    scheduler: isReplay ? queueScheduler : asyncScheduler,
    maxBytes: settings.decisions.maxBytes,
    keepMs: settings.decisions.keep,
    units: Object.fromEntries([...measures, ...settings.pipeline.measures()].map(({ name, unit }) => [name, unit])),
    report,
  });
};
