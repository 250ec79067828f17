import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { asyncScheduler, distinctUntilChanged, map, takeWhile, timer } from 'rxjs';
import { config } from '../config/index.js';
import type { Override } from '../config/overrides.js';
import type { Environment } from '../config/substitute.js';
import { INTERVAL_MS } from '../model/interval.js';
import type { Close } from '../model/close.js';
import { RecordingError } from '../simulator/exchange/columns.js';
import { renderSummary } from '../telemetry/summary.js';
import { EXIT_CONFIG, problemLines } from './check.js';
import type { Host } from './host.js';
import { createHost } from './host.js';
import { packagedRecordings } from './recordings-folder.js';
import type { ServedWorld } from './simulated-world.js';
import { serveWorld } from './simulated-world.js';

export interface DemoOptions {
  readonly speed?: number | undefined;
  readonly seconds?: number | undefined;
  readonly store?: string | undefined;
  readonly env: Environment;
}

const SPEED = 60;
const SECONDS = 75;
const INTERVAL = '1m';
const CONFIG = 'config/demo.yaml';
/** A line of progress after so many closes without an alert. */
const QUIET_CLOSES = 5;
const EXIT_DATA = 65;

const overridesOf = (world: ServedWorld, speed: number, store: string): readonly Override[] => [
  { path: 'source.endpoints.usdm', value: world.endpoints.usdm, from: 'demo' },
  { path: 'sinks.1.webhookUrl', value: world.webhookUrl, from: 'demo' },
  { path: 'store', value: { type: 'lowdb', path: store }, from: '--store' },
  { path: 'clock.speed', value: speed, from: '--speed' },
];

/** Colours for a person at a terminal; plain text for a pipe. */
const createPaint = (colour: boolean) => (style: 'bold' | 'dim' | 'cyan', text: string) =>
  colour ? styleText(style, text, { validateStream: false }) : text;

const clockTime = (timeMs: number): string => new Date(timeMs).toISOString().slice(11, 16);

/** Says now and then that everything was seen and nothing qualified: silence is a statement. */
const createProgress = (print: (line: string) => void) => {
  let quiet = 0;
  return (close: Close): void => {
    if (close.expected === 0 || close.late) return;
    quiet = close.alerts.length > 0 ? 0 : quiet + 1;
    if (quiet % QUIET_CLOSES !== 1) return;
    print(`${clockTime(close.decisionTimeMs)} UTC  ${close.received} of ${close.expected} series complete, nothing qualified`);
  };
};

/** What the simulated services themselves have to say at the end, counted by them and not by us. */
const ownWords = ({ exchange, discord, clock }: ServedWorld): readonly string[] => {
  const saved = discord.saved();
  const posts = discord.log().filter(({ method }) => method === 'POST');
  const limited = posts.filter(({ answer }) => answer === 429).length;
  return [
    `  the exchange sent ${exchange.log.counters().closedBarsSent} closed bars over the stream until ${clockTime(clock.now())} UTC`,
    `  Discord saved ${saved.length} messages of ${posts.length} requests, ${limited} of them told to wait`,
  ];
};

const introduce = (world: ServedWorld, speed: number, seconds: number): readonly string[] => [
  `The Binance momentum monitor, without a network: a simulated Binance on 127.0.0.1:${world.port} plays bars recorded on`,
  `${new Date(world.startMs).toUTCString().slice(0, 16)} from ${clockTime(world.startMs)} UTC on, ${speed} times as fast; a simulated Discord takes the alerts.`,
  ...(world.derived === null ? [] : [`Not recorded, and worked out from the rest: ${world.derived}.`]),
  `Ends by itself after ${seconds} s, or with Ctrl-C.`,
  '',
];

const runDemo = async (world: ServedWorld, host: Host): Promise<number> => {
  const { context } = host;
  const colour = process.stdout.isTTY === true;
  const paint = createPaint(colour);
  const progress = createProgress((line) => context.print(paint('dim', line)));
  const startedAtMs = asyncScheduler.now();
  const monitor = host.monitor();
  const warming = timer(0, 500, asyncScheduler)
    .pipe(
      map(() => monitor.health().series),
      takeWhile(({ warm, expected }) => expected === 0 || warm < expected, true),
      map(({ warm, expected }) =>
        expected === 0 ? 'connecting' : `warming up over REST and connected to the stream: ${warm} of ${expected} series`,
      ),
      distinctUntilChanged(),
    )
    .subscribe({ next: (line) => context.print(paint('dim', line)), error: (error: unknown) => context.print(String(error)) });
  const code = await host.run(monitor, (outcome) => {
    if (outcome.kind === 'close') progress(outcome.close);
    else if (outcome.kind === 'delivery' && outcome.delivery.sink === 'discord' && outcome.delivery.state === 'delivered') {
      context.print(paint('dim', `  → Discord has it as message ${outcome.delivery.messageId ?? '(no id)'}`));
    }
  });
  warming.unsubscribe();
  context.print('');
  context.print(
    renderSummary({
      tally: host.tally(),
      faults: host.faults.counts(),
      sight: monitor.health().sight,
      tookMs: asyncScheduler.now() - startedAtMs,
      colour,
    }),
  );
  for (const line of ownWords(world)) context.print(line);
  return code;
};

/** The whole product without network, key or prompt: the unmodified monitor on a simulated Binance and a simulated Discord. */
export const demo = async ({ speed = SPEED, seconds = SECONDS, store, env }: DemoOptions): Promise<number> => {
  const folder = store ?? mkdtempSync(join(tmpdir(), 'momentum-demo-'));
  let world: ServedWorld | null = null;
  try {
    world = await serveWorld({ port: 0, speed, recordings: packagedRecordings(), interval: INTERVAL });
    // The person's own settings, in the environment, are for the real thing.
    const loaded = config.load({
      config: CONFIG,
      overrides: overridesOf(world, speed, folder),
      env: { LOG_LEVEL: env['LOG_LEVEL'] },
    });
    if (!loaded.ok) {
      process.stderr.write(problemLines(loaded.problems).join('\n') + '\n');
      return EXIT_CONFIG;
    }
    const marketMs = (world.exchange.span.toMs - world.startMs - 2 * INTERVAL_MS[INTERVAL]) / speed;
    const host = createHost({ settings: loaded.settings, stop$: timer(Math.min(seconds * 1_000, marketMs), asyncScheduler) });
    for (const line of introduce(world, speed, seconds)) host.context.print(line);
    return await runDemo(world, host);
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    process.stderr.write(`demo: ${error.message}\n`);
    return EXIT_DATA;
  } finally {
    await world?.close();
    if (store === undefined) rmSync(folder, { recursive: true, force: true });
  }
};
