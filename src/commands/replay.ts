import { filter, finalize, pipe } from 'rxjs';
import { config } from '../config/index.js';
import type { Loaded } from '../config/load.js';
import type { Override } from '../config/overrides.js';
import type { Settings } from '../config/settings.js';
import type { Environment } from '../config/substitute.js';
import type { Market } from '../model/series.js';
import { inOrder } from '../operators/bars/in-order.js';
import { isSeriesEvent } from '../operators/bars/is-series-event.js';
import { perSymbol } from '../operators/bars/per-symbol.js';
import { measures as catalogue } from '../operators/measures/index.js';
import { measure, windowBarsOf } from '../operators/measures/measure.js';
import { slidingWindow } from '../operators/windows/sliding-window.js';
import type { Measure } from '../ports/measure.js';
import type { Source } from '../ports/source.js';
import { createVirtualClock } from '../runtime/virtual-clock.js';
import { renderSummary } from '../telemetry/summary.js';
import { EXIT_CONFIG, problemLines } from './check.js';
import { createHost } from './host.js';
import { openLinesFile } from './lines-file.js';
import { createAlertLines, readingLine } from './replay-lines.js';

export interface ReplayOptions {
  readonly config?: string | undefined;
  readonly bars: readonly string[];
  readonly alerts?: string | undefined;
  readonly readings?: string | undefined;
  readonly measures?: readonly string[] | undefined;
  readonly market?: Market | undefined;
  readonly set: readonly string[];
  readonly env: Environment;
}

const EXIT_USAGE = 64;
/** `EX_CANTCREAT`: an output file cannot be made. */
const EXIT_OUTPUT = 73;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The source is what `--bars` names. Settings made for a live run must not touch the live store or send anything. */
const overridesOf = ({ bars, market, set }: ReplayOptions, isLive: boolean): readonly Override[] => [
  { path: 'source', value: { type: 'replay', bars, ...(market === undefined ? {} : { market }) }, from: '--bars' },
  ...(isLive
    ? [
        { path: 'store', value: { type: 'memory' }, from: 'replay' },
        { path: 'sinks', value: [], from: 'replay' },
        { path: 'health', value: { enabled: false }, from: 'replay' },
        { path: 'decisions', value: {}, from: 'replay' },
      ]
    : []),
  ...set,
];

const chosenMeasures = (names: readonly string[] | undefined): readonly Measure[] | string => {
  if (names === undefined) return catalogue;
  const unknown = names.filter((name) => catalogue.every((each) => each.name !== name));
  if (unknown.length > 0)
    return `--measures: ${unknown.join(', ')} unknown, should be of ${catalogue.map(({ name }) => name).join(', ')}`;
  return catalogue.filter(({ name }) => names.includes(name));
};

/** Every bar of the source with its measures, whatever the pipeline judges with. */
const writeReadings = (source: Source, wanted: readonly Measure[], path: string): Promise<void> => {
  const file = openLinesFile(path);
  return source.event$
    .pipe(
      filter(isSeriesEvent),
      perSymbol(() =>
        pipe(
          inOrder({ history: source.history, judgedUpToMs: () => null, warmupBars: () => 1, report: () => undefined }),
          slidingWindow({ bars: windowBarsOf(wanted) }),
          measure(wanted),
        ),
      ),
      finalize(() => file.close()),
    )
    .forEach((reading) => file.add(readingLine(reading)));
};

/** The settings of a replay of these bars, or what is wrong with them. */
export const loadReplay = (options: ReplayOptions): Loaded => {
  const first = config.load({ config: options.config, overrides: options.set, env: options.env });
  const isLive = first.ok && first.settings.source.type !== 'replay';
  return config.load({ config: options.config, overrides: overridesOf(options, isLive), env: options.env });
};

/** Runs recorded bars through the pipeline that the settings name, as fast as they are read, and writes the alerts. */
export const replayAlerts = async (settings: Settings, path: string | null) => {
  const host = createHost({ settings, marketTime: createVirtualClock() });
  const alerts = path === null ? null : createAlertLines(openLinesFile(path));
  const startedAt = performance.now();
  const code = await host.run(host.monitor(), (outcome) => {
    if (outcome.kind === 'close') alerts?.add(outcome.close);
  });
  alerts?.close();
  return { code, host, tally: host.tally(), tookMs: performance.now() - startedAt };
};

/** Recorded bars through the pipeline in virtual time. 0 done, 64 usage, 65 bad recording, 73 no output, 78 wrong settings. */
export const replay = async (options: ReplayOptions): Promise<number> => {
  const loaded = loadReplay(options);
  if (!loaded.ok) {
    for (const line of problemLines(loaded.problems)) say(line);
    return EXIT_CONFIG;
  }
  const wanted = chosenMeasures(options.measures);
  if (typeof wanted === 'string') {
    say(wanted);
    return EXIT_USAGE;
  }
  for (const note of [...loaded.notes, ...loaded.warnings]) say(note);
  try {
    const { code, host, tally, tookMs } = await replayAlerts(loaded.settings, options.alerts ?? null);
    if (code !== 0) return code;
    if (options.readings !== undefined) {
      const context = { ...host.context, marketTime: createVirtualClock() };
      await writeReadings(loaded.settings.source.create(context), wanted, options.readings);
    }
    host.context.print(renderSummary({ tally, faults: host.faults.counts(), tookMs, colour: process.stdout.isTTY === true }));
    host.context.print(`  ${Math.round(tally.barsSeen / (tookMs / 1000))} bars a second`);
    return 0;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    say(`${error.message}: the output files should be writable`);
    return EXIT_OUTPUT;
  }
};
