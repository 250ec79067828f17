import type { Observable } from 'rxjs';
import { asyncScheduler, firstValueFrom, fromEvent, merge, NEVER } from 'rxjs';
import type { Interval } from '../model/interval.js';
import { MARKETS } from '../model/series.js';
import { createMarketClock } from '../runtime/market-clock.js';
import { createDiscord } from '../simulator/discord.js';
import { endpointsOf, SIMULATED_WEBHOOK, webhookOf } from '../simulator/endpoints.js';
import type { Exchange } from '../simulator/exchange.js';
import { createExchange } from '../simulator/exchange.js';
import { RecordingError } from '../simulator/exchange/columns.js';
import { createInspection, INSPECTION_PREFIX } from '../simulator/inspection.js';
import type { Recordings } from '../simulator/recordings.js';
import { readRecordings } from '../simulator/recordings.js';
import { route } from '../simulator/route.js';
import { serve } from '../simulator/server.js';
import { PACKAGED_START_MS, packagedRecordings } from './recordings-folder.js';

export interface SimulateOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Market seconds per second; 1 by default. */
  readonly speed?: number | undefined;
  /** Folder of recorded bars; those of the package by default. */
  readonly recordings?: string | undefined;
  readonly interval?: Interval | undefined;
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

const startOf = ({ fromMs, toMs }: Exchange['span'], asked: number | undefined): number => {
  if (asked !== undefined) return asked;
  return PACKAGED_START_MS > fromMs && PACKAGED_START_MS < toMs ? PACKAGED_START_MS : (fromMs + toMs) / 2;
};

const derivedLine = (recordings: Recordings): string | null => {
  const derived = new Set(MARKETS.flatMap((market) => recordings[market].flatMap((recording) => recording.derived)));
  return derived.size === 0 ? null : `Not recorded and therefore derived: ${[...derived].join(', ')}.`;
};

const howTo = (port: number, speed: number, interval: Interval, recordings: Recordings): readonly string[] => {
  const markets = MARKETS.filter((market) => recordings[market].length > 0);
  return [
    'To follow it, put this into your settings:',
    '',
    `clock: { speed: ${speed} }`,
    'source:',
    '  type: binance',
    `  markets: [${markets.join(', ')}]`,
    `  interval: ${interval}`,
    '  endpoints:',
    ...markets.map(
      (market) => `    ${market}: { rest: '${endpointsOf(port)[market].rest}', ws: '${endpointsOf(port)[market].ws}' }`,
    ),
    '',
    `and DISCORD_WEBHOOK_URL=${webhookOf(port)} into the environment.`,
    `What the simulator saw: http://127.0.0.1:${port}${INSPECTION_PREFIX}state`,
  ];
};

const play = async (options: SimulateOptions, recordings: Recordings): Promise<number> => {
  const { port, speed = 1, interval = '1m' } = options;
  const clock = createMarketClock(speed);
  const exchange = createExchange({ clock, wireTime: asyncScheduler, recordings });
  const startMs = startOf(exchange.span, options.start);
  clock.follow(startMs);
  const discord = createDiscord({ wireTime: asyncScheduler, webhooks: [SIMULATED_WEBHOOK], latencyMs: [40, 160] });
  const http = route([
    { prefix: '/', http: exchange.http },
    { prefix: '/api/', http: discord.http },
    { prefix: '/api/v3/', http: exchange.http },
    { prefix: INSPECTION_PREFIX, http: createInspection({ exchange, discord, clock }) },
  ]);
  const served = await serve({ http, sockets: exchange.sockets, port });
  const stop$ = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'), options.stop$ ?? NEVER);
  const lines = [
    `Simulated Binance and Discord on port ${served.port}, from ${new Date(startMs).toISOString()} on, ${speed} times as fast.`,
    derivedLine(recordings),
    ...howTo(served.port, speed, interval, recordings),
  ];
  const { print = (line) => process.stdout.write(`${line}\n`) } = options;
  for (const line of lines) if (line !== null) print(line);
  await firstValueFrom(stop$, { defaultValue: null });
  await served.close();
  return 0;
};

/** Serves the simulated exchange and Discord on one port of the loopback until it is told to stop. */
export const simulate = async (options: SimulateOptions): Promise<number> => {
  const folder = options.recordings ?? packagedRecordings();
  const { complain = (line) => process.stderr.write(`${line}\n`) } = options;
  try {
    return await play(options, await readRecordings(folder, options.interval ?? '1m'));
  } catch (error) {
    const isTaken = error instanceof Error && (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!isTaken && !(error instanceof RecordingError)) throw error;
    complain(`simulate: ${isTaken ? `port ${options.port} is taken` : error.message}`);
    return isTaken ? EXIT_UNAVAILABLE : EXIT_DATA;
  }
};
