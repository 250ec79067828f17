import type { Observable } from 'rxjs';
import { defer, finalize } from 'rxjs';
import type { RingFiles } from '../../src/ports/ring-files.js';
import { createRingFiles } from '../../src/runtime/ring-files.js';
import type { VirtualClock } from '../../src/runtime/virtual-clock.js';

/** The real files, in virtual time: it does not outrun the disk (decisions.md 17). */
export const heldRingFiles = (clock: VirtualClock): RingFiles => {
  const held = <T>(operation$: Observable<T>): Observable<T> =>
    defer(() => {
      const release = clock.hold();
      return operation$.pipe(finalize(release));
    });
  const files = createRingFiles();
  return {
    list: (path) => held(files.list(path)),
    append: (path, data) => held(files.append(path, data)),
    read: (path) => held(files.read(path)),
    remove: (path) => held(files.remove(path)),
  };
};
