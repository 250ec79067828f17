import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = resolve(process.env['SHARED_DIR'] ?? join(root, '../shared'));

/** Path inside the shared data of the project, or `null` where it is not there. */
export const sharedPath = (...parts: readonly string[]): string | null => {
  const path = join(folder, ...parts);
  return existsSync(path) ? path : null;
};

/** The same, and a visible line when what it is needed for must be left out. */
export const sharedPathOrSay = (purpose: string, ...parts: readonly string[]): string | null => {
  const path = sharedPath(...parts);
  if (path === null) console.log(`skipped: ${purpose} needs shared/${parts.join('/')}, which is not here`);
  return path;
};

/** Path inside tests/golden, the sample that travels with the project. */
export const goldenPath = (...parts: readonly string[]): string => join(root, 'tests/golden', ...parts);
