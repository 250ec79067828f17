import type { Observable } from 'rxjs';
import { asyncScheduler, catchError, EMPTY, fromEvent, merge, NEVER, shareReplay, take, tap } from 'rxjs';
import packageJson from '../../package.json' with { type: 'json' };
import type { Loaded } from '../config/load.js';
import type { Settings } from '../config/settings.js';
import { Secret } from '../model/secret.js';
import type { Context, MarketClock } from '../ports/context.js';
import type { Outcome } from '../ports/pipeline.js';
import { StoreError } from '../ports/store.js';
import { createMonitor } from '../run.js';
import type { Monitor } from '../run.js';
import { clockBreaks } from '../runtime/clock-breaks.js';
import { createDatabases } from '../runtime/databases.js';
import { createFiles } from '../runtime/files.js';
import { createHttp } from '../runtime/http.js';
import { createMail } from '../runtime/mail.js';
import { holdingBack, isVirtual } from '../runtime/virtual-clock.js';
import { createMarketClock } from '../runtime/market-clock.js';
import { createPictures } from '../runtime/pictures.js';
import { createRingFiles } from '../runtime/ring-files.js';
import { createSockets } from '../runtime/sockets.js';
import { createBarCache } from '../stores/cache/bar-cache.js';
import { followSilences } from '../stores/silences/follow-silences.js';
import type { Faults } from '../telemetry/faults.js';
import { createReport } from '../telemetry/faults.js';
import { health, HealthError } from '../telemetry/health.js';
import type { Log } from '../telemetry/log.js';
import { createLog } from '../telemetry/log.js';
import { createOutput } from '../telemetry/output.js';
import { createRedact } from '../telemetry/redact.js';
import type { Tally } from '../telemetry/tally.js';
import { createCounter } from '../telemetry/tally.js';
import { cacheFolder } from './cache-folder.js';
import { decisionsRecord } from './decisions-folder.js';
import { recordedSource } from './recorded-source.js';
import { inLives } from './lives.js';
import { reloads } from './reload.js';
import { silencesPath } from './silences-path.js';

/** `EX_TEMPFAIL`: the store is in use; a supervisor may try again later. */
const EXIT_LOCKED = 75;
/** `EX_IOERR`: the store cannot be used; a person has to look. */
const EXIT_STORE = 74;
/** `EX_CONFIG`: the store was written by a newer program; this one is the wrong one for it, however often it is started. */
const EXIT_NEWER = 78;
/** `EX_DATAERR`: something that was read or asked for is not as it should be, and the sentence says what. */
const EXIT_DATA = 65;
const EXIT_BUG = 1;

/** Every secret in the settings, wherever a plug-in keeps it, so that redaction by value knows them all. */
export const secretsIn = (value: unknown, depth = 0): readonly string[] => {
  if (value instanceof Secret) return [value.reveal()];
  if (typeof value !== 'object' || value === null || depth > 8) return [];
  return Object.values(value).flatMap((each) => secretsIn(each, depth + 1));
};

/** What one process has of the outer world: the real network, files, log and signals. */
export interface Host {
  readonly context: Context;
  readonly log: Log;
  readonly faults: Faults;
  readonly tally: () => Tally;
  /** Runs a monitor to its end and gives the exit code. */
  run(monitor: Monitor, watch?: (outcome: Outcome) => void): Promise<number>;
  monitor(): Monitor;
}

export interface HostOptions {
  readonly settings: Settings;
  /** A further reason to end, besides SIGINT and SIGTERM. */
  readonly stop$?: Observable<unknown>;
  /** Reads the settings again, at each SIGHUP; without it that signal is not heard. */
  readonly load?: () => Loaded;
  /** Overrides the settings' clock: virtual in replay. */
  readonly marketTime?: MarketClock;
}

export const createHost = ({
  settings,
  stop$ = EMPTY,
  load,
  marketTime = createMarketClock(settings.clock.speed),
}: HostOptions): Host => {
  const isTerminal = process.stdout.isTTY === true;
  const output = createOutput();
  const secrets = secretsIn([settings.source.options, settings.store.options, settings.sinks.map(({ options }) => options)]);
  const redact = createRedact(() => secrets);
  const { level, format } = settings.log;
  const isReadable = format === 'readable' || (format === 'auto' && isTerminal);
  const log = createLog({
    level,
    format: isReadable ? 'pretty' : 'json',
    colour: isTerminal,
    destination: output,
    secrets: () => secrets,
  });
  const faults = createReport({ log, wireTime: asyncScheduler });
  const counter = createCounter();
  const http = createHttp();
  const pictures = createPictures({ report: faults.report });
  // Monotonic, so that a step of the machine's clock neither stalls nor hurries a wait (reliability.md F44).
  const machineTime = createMarketClock();
  const wireTime = isVirtual(marketTime) ? holdingBack(machineTime, marketTime) : machineTime;
  const barsFolder = cacheFolder(settings);
  const cache =
    barsFolder === null
      ? null
      : createBarCache({ folder: barsFolder, files: createRingFiles(), wireTime, report: faults.report });
  const context: Context = {
    marketTime,
    wireTime,
    random: Math.random,
    http,
    sockets: createSockets(),
    files: createFiles(),
    mail: createMail(),
    report: faults.report,
    print: (line) => output.write(`${line}\n`),
    databases: createDatabases(),
    clockBreak$: clockBreaks(),
    pictures,
    ...(cache === null ? {} : { cache }),
  };
  const signal$ = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'), stop$).pipe(
    take(1),
    // Each life of the monitor asks, and a signal that came before it counts.
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  const recorded = recordedSource(settings, marketTime, faults.report);
  const record = decisionsRecord(settings, faults.report);
  const later$ = load === undefined ? NEVER : reloads({ settings, signal$: fromEvent(process, 'SIGHUP'), load, log });
  const silencesFile = settings.source.type === 'replay' ? null : silencesPath(settings);
  const silence$ =
    silencesFile === null
      ? EMPTY
      : followSilences({
          ...{ files: context.files, path: silencesFile, everyMs: settings.silences.every, wireTime },
          report: faults.report,
        });
  const create = (): Monitor =>
    createMonitor({
      settings: { ...settings, source: recorded.source },
      context,
      stop$: signal$,
      later$,
      silence$,
      version: packageJson.version,
      faults: faults.counts,
      record,
    });

  const serveHealth = (monitor: Monitor): Observable<never> => {
    const { enabled, host, port, exposed } = settings.health;
    if (!enabled) return EMPTY;
    return health({ host, port, allowRemote: exposed, snapshot: () => monitor.health(), redact }).pipe(
      tap(({ url }) => log.info({ component: 'health', event: 'health-listening', url }, `health at ${url}/healthz and /readyz`)),
      // Alerts matter more than being asked how one is; the person is told, and the monitor goes on without it.
      catchError((error: unknown) => {
        if (!(error instanceof HealthError)) throw error;
        log.error({ component: 'health', event: 'health-refused' }, error.detail);
        return EMPTY;
      }),
    ) as Observable<never>;
  };

  const exitCodeOf = (error: unknown): number => {
    if (error instanceof StoreError) {
      log.fatal({ component: 'store', event: `store-${error.kind}` }, error.detail);
      return error.kind === 'locked' ? EXIT_LOCKED : error.kind === 'newer' ? EXIT_NEWER : EXIT_STORE;
    }
    const named = error instanceof Error && 'detail' in error && typeof error.detail === 'string' ? error.detail : null;
    if (named !== null) {
      log.fatal({ component: 'monitor', event: 'monitor-refused' }, named);
      return EXIT_DATA;
    }
    log.fatal({ component: 'monitor', event: 'monitor-broken', err: error }, 'this is a bug; the monitor ends');
    return EXIT_BUG;
  };

  return {
    context,
    log,
    faults,
    tally: counter.read,
    monitor: () => inLives({ create, report: faults.report, wireTime, heard$: merge(signal$, later$) }),
    run: async (monitor, watch) => {
      const endpoint = serveHealth(monitor).subscribe({
        error: (error: unknown) =>
          log.error({ component: 'health', event: 'health-lost', err: error }, 'the health endpoint has ended'),
      });
      try {
        await monitor.outcome$.forEach((outcome) => {
          counter.add(outcome);
          watch?.(outcome);
        });
        return 0;
      } catch (error) {
        return exitCodeOf(error);
      } finally {
        endpoint.unsubscribe();
        await recorded.close();
        faults.close();
        await cache?.close().forEach(() => undefined);
        await http.close();
        await pictures.close();
      }
    },
  };
};
