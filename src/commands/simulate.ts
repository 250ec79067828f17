import type { Observable } from 'rxjs';
import { firstValueFrom, fromEvent, merge, NEVER } from 'rxjs';
import type { Interval } from '../model/interval.js';
import { RecordingError } from '../simulator/exchange/columns.js';
import { packagedRecordings } from './recordings-folder.js';
import type { ServedWorld } from './simulated-world.js';
import { serveWorld } from './simulated-world.js';

export interface SimulateOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Market seconds per second; 1 by default. */
  readonly speed?: number | undefined;
  /** Folder of recorded bars; those of the package by default. */
  readonly recordings?: string | undefined;
  readonly interval?: Interval | undefined;
  /** So many symbols with made-up bars instead of recorded ones. */
  readonly synthetic?: number | undefined;
  /** Clients come through a proxy whose links can be spoilt. */
  readonly proxy?: boolean | undefined;
  /** Where in the recordings to begin, ms; by default a good moment of the packaged ones, else the middle. */
  readonly start?: number | undefined;
  /** A further reason to end, besides SIGINT and SIGTERM. */
  readonly stop$?: Observable<unknown>;
  /** Where lines for a person go: standard output and standard error by default. */
  readonly print?: (line: string) => void;
  readonly complain?: (line: string) => void;
}

/** `EX_DATAERR` of sysexits.h: the recordings cannot be played. */
const EXIT_DATA = 65;
/** `EX_UNAVAILABLE`: the port is taken. */
const EXIT_UNAVAILABLE = 69;

const howTo = (world: ServedWorld, speed: number, interval: Interval): readonly string[] => [
  'To follow it, put this into your settings:',
  '',
  `clock: { speed: ${speed} }`,
  'source:',
  '  type: binance',
  `  markets: [${world.markets.join(', ')}]`,
  `  interval: ${interval}`,
  '  endpoints:',
  ...world.markets.map(
    (market) => `    ${market}: { rest: '${world.endpoints[market].rest}', ws: '${world.endpoints[market].ws}' }`,
  ),
  '',
  `and DISCORD_WEBHOOK_URL=${world.webhookUrl} into the environment.`,
  `What the simulator saw: ${world.inspectionUrl}`,
];

const play = async (options: SimulateOptions): Promise<number> => {
  const { port, speed = 1, interval = '1m', recordings = packagedRecordings(), start: startMs, synthetic, proxy } = options;
  const { print = (line) => process.stdout.write(`${line}\n`) } = options;
  const world = await serveWorld({ port, speed, recordings, interval, startMs, synthetic, proxied: proxy });
  const stop$ = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'), options.stop$ ?? NEVER);
  const from = new Date(world.startMs).toISOString();
  print(`Simulated Binance and Discord on port ${world.port}, from ${from} on, ${speed} times as fast.`);
  if (world.derived !== null) print(`Not recorded and therefore derived: ${world.derived}.`);
  if (synthetic !== undefined) print(`${synthetic} symbols with made-up bars.`);
  if (world.proxy !== null) print('Clients come through a proxy: POST /_simulator/toxics spoils its links.');
  for (const line of howTo(world, speed, interval)) print(line);
  await firstValueFrom(stop$, { defaultValue: null });
  await world.close();
  return 0;
};

/** Serves the simulated exchange and Discord on one port of the loopback until it is told to stop. */
export const simulate = async (options: SimulateOptions): Promise<number> => {
  const { complain = (line) => process.stderr.write(`${line}\n`) } = options;
  try {
    return await play(options);
  } catch (error) {
    const isTaken = error instanceof Error && (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!isTaken && !(error instanceof RecordingError)) throw error;
    complain(`simulate: ${isTaken ? `port ${options.port} is taken` : error.message}`);
    return isTaken ? EXIT_UNAVAILABLE : EXIT_DATA;
  }
};
