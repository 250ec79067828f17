import type { Observable } from 'rxjs';
import { EMPTY, asyncScheduler, catchError, concat, defer, from, map, of, timeout } from 'rxjs';
import { config } from '../config/index.js';
import { formatProblem } from '../config/node.js';
import type { Settings } from '../config/settings.js';
import type { Environment } from '../config/substitute.js';
import type { Check } from '../ports/check.js';
import { failed, fine, skipped } from '../ports/check.js';
import type { Context } from '../ports/context.js';
import { createRedact } from '../telemetry/redact.js';
import { createChart } from './doctor-chart.js';
import { secretsIn } from './host.js';
import { machineChecks } from './machine.js';
import { createSurroundings } from './surroundings.js';

export interface DoctorOptions {
  readonly config?: string | undefined;
  readonly set: readonly string[];
  readonly env: Environment;
  /** Post one message to each sink that says that it is a test. */
  readonly sendTest?: boolean;
  /** Where lines go: standard output by default. */
  readonly print?: (line: string) => void;
}

const PROBLEMS_SHOWN_MAX = 20;
/** No part has longer for its next word. */
const PATIENCE_MS = 60_000;

/** One part's checks under its own heading. */
interface Group {
  readonly title: string;
  readonly check$: Observable<Check>;
}

const settingsOf = ({ config: path, set, env }: DoctorOptions) => {
  const loaded = config.load({ config: path, overrides: set, env });
  if (!loaded.ok) {
    const shown = loaded.problems.slice(0, PROBLEMS_SHOWN_MAX).map(formatProblem);
    const checks = shown.map((line) => failed('settings', line, 'mend this line; `check` says the same without the rest'));
    return { settings: null, checks };
  }
  const { settings, file, warnings } = loaded;
  const sinks = settings.sinks.map(({ name }) => name).join(', ');
  const checks = [
    fine('settings', `${file ?? 'the environment'}: ${settings.pipeline.type} on ${settings.source.type}`),
    sinks === ''
      ? failed('sinks', 'alerts go to nobody', 'add a sink, such as `- type: console`')
      : fine('sinks', `alerts go to ${sinks}`),
    ...warnings.map((warning) => skipped('warning', warning)),
  ];
  return { settings, checks };
};

/** What a part says of itself. A part that breaks is a finding, not the end of the visit. */
const probed = (title: string, probe: () => Observable<Check> | undefined): Group => ({
  title,
  check$: defer(() => probe() ?? of(skipped('probe', 'it cannot be tried without using it'))).pipe(
    timeout({ each: PATIENCE_MS, scheduler: asyncScheduler }),
    catchError((error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error);
      return of(failed('probe', detail, 'this should not happen: please report it'));
    }),
  ),
});

const groupsOf = (settings: Settings, context: Context, send: boolean): readonly Group[] => [
  probed(`store: ${settings.store.type}`, () => settings.store.create(context).probe?.()),
  probed(`source: ${settings.source.type}`, () => settings.source.create(context).probe?.()),
  ...settings.sinks.map((sink) => probed(`sink: ${sink.name}`, () => sink.create(context).probe?.(send))),
];

/**
 * Looks at everything the monitor depends on and prints a checklist, each failure with what would help. Changes nothing and
 * posts nothing, unless it is told to send a test. 0 when nothing failed, else 1.
 */
export const doctor = async (options: DoctorOptions): Promise<number> => {
  const { print = (line) => process.stdout.write(`${line}\n`), sendTest = false } = options;
  const { settings, checks } = settingsOf(options);
  const secrets =
    settings === null
      ? []
      : secretsIn([settings.source.options, settings.store.options, settings.sinks.map((sink) => sink.options)]);
  const redact = createRedact(() => secrets);
  const chart = createChart((line) => print(redact(line)));
  // What a part reports while it is tried is in its checks, too.
  const surroundings = createSurroundings(print, () => undefined);
  const groups: readonly Group[] = [
    { title: 'settings', check$: from(checks) },
    { title: 'this machine', check$: machineChecks(settings) },
    ...(settings === null ? [] : groupsOf(settings, surroundings.context, sendTest)),
  ];
  try {
    const found$ = concat(
      ...groups.map(({ title, check$ }) =>
        concat(
          defer(() => {
            chart.heading(title);
            return EMPTY;
          }),
          check$,
        ),
      ),
    ).pipe(map((check) => chart.add(check)));
    await found$.forEach(() => undefined);
  } finally {
    await surroundings.close();
  }
  return chart.close() ? 0 : 1;
};
