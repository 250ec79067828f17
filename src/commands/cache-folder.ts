import { join } from 'node:path';
import type { Settings } from '../config/settings.js';

/**
 * Where the settings keep recent bars for the next start; `null` when they keep none. By itself it is kept inside the folder of
 * the store: who remembers nothing else over restarts needs no bars either, and a replay has its bars already.
 */
export const cacheFolder = ({ cache, store, source }: Pick<Settings, 'cache' | 'store' | 'source'>): string | null => {
  if (!cache.enabled || source.type === 'replay') return null;
  if (cache.folder !== 'auto') return cache.folder;
  const { path } = store.options;
  return typeof path === 'string' ? join(path, 'cache') : null;
};
