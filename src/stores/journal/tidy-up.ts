import { join } from 'node:path';
import type { Files } from '../../ports/files.js';
import { answer, done } from './failure.js';
import type { Loaded } from './load.js';
import { asideGeneration, asideName, isTemporary, SNAPSHOT } from './names.js';

/** So many generations' worth of unreadable bytes are kept; a crash loop must not fill the disk with them. */
const ASIDES_MAX = 8;

/**
 * Puts what could not be used where a person finds it, before a new generation takes its place. Nothing that was used is moved:
 * a crash here changes nothing for the next start.
 */
export const keepAside = async (files: Files, folder: string, loaded: Loaded): Promise<void> => {
  const aside = (name: string): string => join(folder, asideName(name, loaded.generation + 1));
  for (const { name, bytes } of loaded.unread) {
    await done(files.remove(aside(name)));
    await done(files.create(aside(name), bytes));
  }
  if (loaded.isSnapshotAstray) await done(files.rename(join(folder, SNAPSHOT), aside(SNAPSHOT)));
};

/** Removes half-made files of an earlier life, and the oldest of those kept aside. */
export const removeLeftovers = async (files: Files, folder: string): Promise<void> => {
  const names = await answer(files.list(folder));
  const asides = names
    .map((name) => ({ name, generation: asideGeneration(name) }))
    .filter(({ generation }) => generation !== null)
    .sort((a, b) => (b.generation ?? 0) - (a.generation ?? 0));
  for (const { name } of asides.slice(ASIDES_MAX)) await done(files.remove(join(folder, name)));
  for (const name of names.filter(isTemporary)) await done(files.remove(join(folder, name)));
};
