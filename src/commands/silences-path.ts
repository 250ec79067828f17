import { join } from 'node:path';
import type { Settings } from '../config/settings.js';

/** Where the settings keep what is silenced; `null` when they keep it nowhere. By itself it is kept inside the folder of the store. */
export const silencesPath = ({ silences, store }: Pick<Settings, 'silences' | 'store'>): string | null => {
  if (silences.file !== 'auto') return silences.file;
  const { path } = store.options;
  return typeof path === 'string' ? join(path, 'silences.json') : null;
};
