import { asyncScheduler, EMPTY } from 'rxjs';
import type { Fault } from '../../src/model/fault.js';
import type { Context } from '../../src/ports/context.js';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';

/** A context that remembers what was reported and printed. What is not given is not there: no network, no files. */
export interface Recorded {
  readonly context: Context;
  readonly faults: readonly Fault[];
  readonly lines: readonly string[];
}

const absent = (): never => {
  throw new Error('this test has no such thing');
};

export const recordedContext = (given: Partial<Context> = {}): Recorded => {
  const faults: Fault[] = [];
  const lines: string[] = [];
  const files = { read: absent, list: absent, makeFolder: absent, write: absent, append: absent, rename: absent };
  return {
    faults,
    lines,
    context: {
      marketTime: createVirtualClock(),
      wireTime: asyncScheduler,
      random: () => 0.5,
      http: { request: absent },
      sockets: { open: () => EMPTY },
      files: { ...files, syncFolder: absent, remove: absent, stat: absent, truncate: absent } as unknown as Context['files'],
      report: (fault) => void faults.push(fault),
      print: (line) => void lines.push(line),
      ...given,
    },
  };
};
