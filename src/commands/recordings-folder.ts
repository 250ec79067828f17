import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The recordings that come with the package, wherever it is started from: `recordings/` beside package.json. */
export const packagedRecordings = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'recordings', 'README.md')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'recordings');
};

/** A good moment of them: quiet hours lie before it, and NEWTUSDT is listed twenty minutes later and takes off. */
export const PACKAGED_START_MS = Date.UTC(2025, 5, 19, 14, 10);
