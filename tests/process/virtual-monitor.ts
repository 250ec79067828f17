import { Subject } from 'rxjs';
import { config } from '../../src/config/index.js';
import type { Fault } from '../../src/model/fault.js';
import type { Context } from '../../src/ports/context.js';
import type { Monitor } from '../../src/run.js';
import { createMonitor } from '../../src/run.js';
import { createFiles } from '../../src/runtime/files.js';
import type { VirtualClock } from '../../src/runtime/virtual-clock.js';
import { directHttp, directSockets } from '../../src/simulator/direct.js';
import type { SimulatedHttp, SimulatedSockets } from '../../src/simulator/door.js';
import type { FaultCounts } from '../../src/telemetry/faults.js';

export interface VirtualMonitorOptions {
  /** As a settings file would hold it, in JSON. */
  readonly text: string;
  readonly clock: VirtualClock;
  readonly http: SimulatedHttp;
  readonly sockets: SimulatedSockets;
  readonly random: () => number;
  readonly cache?: NonNullable<Context['cache']>;
}

/** The monitor as `run` builds it, plugged straight into a simulated world; nothing runs until `outcome$` is subscribed to. */
export interface VirtualMonitor {
  readonly monitor: Monitor;
  readonly stop$: Subject<void>;
  /** What was reported and printed so far. */
  readonly faults: readonly Fault[];
  readonly printed: readonly string[];
}

export const createVirtualMonitor = ({ text, clock, http, sockets, random, cache }: VirtualMonitorOptions): VirtualMonitor => {
  const loaded = config.loadText({ file: { path: 'virtual.yaml', text, explicit: true }, env: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const faults: Fault[] = [];
  const printed: string[] = [];
  const stop$ = new Subject<void>();
  const monitor = createMonitor({
    settings: loaded.settings,
    context: {
      marketTime: clock,
      wireTime: clock,
      random,
      http: directHttp(http, clock),
      sockets: directSockets(sockets, clock),
      // Virtual time does not outrun the disk (decisions.md 17).
      files: createFiles(() => clock.hold()),
      report: (fault) => void faults.push(fault),
      print: (line) => void printed.push(line),
      ...(cache === undefined ? {} : { cache }),
    },
    stop$,
    version: 'test',
    faults: () => ({}) as FaultCounts,
  });
  return { monitor, stop$, faults, printed };
};
