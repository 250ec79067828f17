import { asyncScheduler } from 'rxjs';
import { config } from '../config/index.js';
import type { Environment } from '../config/substitute.js';
import { renderSummary } from '../telemetry/summary.js';
import { EXIT_CONFIG, problemLines } from './check.js';
import { createHost } from './host.js';

export interface RunOptions {
  readonly config?: string | undefined;
  readonly set: readonly string[];
  readonly env: Environment;
}

/** The oldest Node that still gets fixes when this is written; older ones work and are tested, and the person is told. */
const NODE_MAJOR_SUPPORTED = 22;

/** Runs the monitor until it is told to stop. 0 stopped, 75 the store is in use, 74 the store cannot be used, 78 wrong settings. */
export const run = async ({ config: path, set, env }: RunOptions): Promise<number> => {
  const load = () => config.load({ config: path, overrides: set, env });
  const loaded = load();
  if (!loaded.ok) {
    for (const line of problemLines(loaded.problems)) process.stderr.write(`${line}\n`);
    return EXIT_CONFIG;
  }
  const { settings, notes, warnings, file } = loaded;
  const host = createHost({ settings, load });
  const { log, context } = host;
  for (const note of notes) log.info({ component: 'config', event: 'setting-chosen' }, note);
  for (const warning of warnings) context.report({ kind: 'setting-ignored', detail: warning });
  if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_SUPPORTED)
    log.warn(
      { component: 'monitor', event: 'node-old' },
      `Node ${process.versions.node} no longer gets fixes; 22 or 24 is recommended`,
    );
  const sinks = settings.sinks.map(({ name }) => name).join(', ');
  log.info(
    { component: 'monitor', event: 'monitor-started', config: file, pipeline: settings.pipeline.type },
    `started: ${settings.pipeline.type} on ${settings.source.type}, alerts to ${sinks === '' ? 'nobody' : sinks}`,
  );
  const startedAtMs = asyncScheduler.now();
  const monitor = host.monitor();
  const code = await host.run(monitor, (outcome) => {
    if (outcome.kind === 'close') {
      for (const { id, symbol, direction, suppressedBy } of outcome.close.alerts) {
        const event = suppressedBy === null ? 'alert-claimed' : 'alert-suppressed';
        log.debug(
          { component: 'pipeline', event, symbol, trace_id: id },
          `${symbol} ${direction}: ${suppressedBy ?? 'to be sent'}`,
        );
      }
      return;
    }
    if (outcome.kind === 'early' || outcome.delivery.state !== 'delivered') return;
    const { alert, delivery } = outcome;
    log.info(
      {
        component: 'delivery',
        event: 'alert-delivered',
        symbol: alert.symbol,
        trace_id: alert.id,
        sink: delivery.sink,
        attempts: delivery.attempts,
      },
      `${alert.symbol} ${alert.direction}${alert.grade === undefined ? '' : ` (${alert.grade})`} delivered to ${delivery.sink}`,
    );
  });
  if (code === 0) {
    const tally = host.tally();
    const { sight } = monitor.health();
    log.info({ component: 'monitor', event: 'monitor-stopped', tally, sight }, 'stopped');
    if (process.stdout.isTTY === true)
      context.print(
        renderSummary({ tally, faults: host.faults.counts(), sight, tookMs: asyncScheduler.now() - startedAtMs, colour: true }),
      );
  }
  return code;
};
