import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Observable } from 'rxjs';
import { catchError, concat, defer, from, map, of } from 'rxjs';
import type { Settings } from '../config/settings.js';
import type { Check } from '../ports/check.js';
import { failed, fine, skipped } from '../ports/check.js';

/** The oldest Node that still gets fixes when this is written. */
const NODE_MAJOR_SUPPORTED = 22;
/** Connections to the exchange and to sinks, files of the store, and a reserve. */
const DESCRIPTORS_MIN = 256;
const MIB = 1_048_576;
const GIB = 1_024 * MIB;
/** A journal, its snapshot, and the one before, with room. */
const DISK_BYTES_MIN = 256 * MIB;

const nodeCheck = (): Check => {
  const { node } = process.versions;
  return Number(node.split('.')[0]) >= NODE_MAJOR_SUPPORTED
    ? fine('Node', node)
    : skipped('Node', `${node} works, and no longer gets fixes; 22 or 24 is recommended`);
};

/** The part of Node's own report that says what the process may use. */
interface Limits {
  readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } };
}

const descriptorCheck = (): Check => {
  const report = process.report as (NodeJS.ProcessReport & { excludeNetwork?: boolean }) | undefined;
  if (report === undefined) return skipped('file descriptors', 'the limit is not told here');
  // Otherwise it would look up the names of all who are connected.
  report.excludeNetwork = true;
  const soft = (report.getReport() as Limits).userLimits?.open_files?.soft;
  if (soft === undefined) return skipped('file descriptors', 'the limit is not told here');
  const words = `at most ${soft}`;
  return typeof soft === 'number' && soft < DESCRIPTORS_MIN
    ? failed('file descriptors', words, 'allow more: ulimit -n 4096, or LimitNOFILE=4096 in a systemd unit')
    : fine('file descriptors', words);
};

const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)));

const spoken = (bytes: number): string => (bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.floor(bytes / MIB)} MiB`);

const diskCheck = (path: string): Observable<Check> =>
  defer(() => from(statfs(nearest(resolve(path))))).pipe(
    map(({ bavail, bsize }) => {
      const freeBytes = bavail * bsize;
      const words = `${spoken(freeBytes)} free for ${path}`;
      return freeBytes >= DISK_BYTES_MIN
        ? fine('disk', words)
        : failed('disk', words, `free at least ${spoken(DISK_BYTES_MIN)}, or set another store.path`);
    }),
    catchError((error: unknown) =>
      of(skipped('disk', `the free space is not told here (${(error as NodeJS.ErrnoException).code ?? 'no code'})`)),
    ),
  );

/** What the monitor needs of the machine itself. */
export const machineChecks = (settings: Settings | null): Observable<Check> => {
  const path = settings?.store.options['path'];
  return concat(
    defer(() => of(nodeCheck(), descriptorCheck())),
    typeof path === 'string' ? diskCheck(path) : of(),
  );
};
