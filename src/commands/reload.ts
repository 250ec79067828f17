import type { Observable } from 'rxjs';
import { filter, map, scan, shareReplay } from 'rxjs';
import type { Loaded } from '../config/load.js';
import { formatProblem } from '../config/node.js';
import type { Change } from '../config/reload.js';
import { changeOf } from '../config/reload.js';
import type { ChosenPipeline, Settings } from '../config/settings.js';
import type { Log } from '../telemetry/log.js';

export interface ReloadOptions {
  /** What the monitor was started with. */
  readonly settings: Settings;
  /** When it emits, the settings are read again. */
  readonly signal$: Observable<unknown>;
  /** Reads and validates the settings as they are now. */
  readonly load: () => Loaded;
  readonly log: Log;
}

const PROBLEMS_SHOWN_MAX = 3;

interface State {
  readonly settings: Settings;
  /** True when these settings are new and to be taken. */
  readonly taken: boolean;
}

const refuse = (log: Log, problems: Extract<Loaded, { ok: false }>['problems']): void => {
  const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).map(formatProblem).join('; ');
  const more = problems.length > PROBLEMS_SHOWN_MAX ? `; and ${problems.length - PROBLEMS_SHOWN_MAX} more` : '';
  log.error(
    { component: 'config', event: 'settings-refused' },
    `the settings are not valid, the old ones go on: ${shown}${more}`,
  );
};

const tell = (log: Log, change: Change): void => {
  const fields = { component: 'config', event: change.kind === 'restart' ? 'settings-need-restart' : 'settings-read' };
  if (change.kind === 'none') log.info(fields, 'the settings were read again: nothing has changed');
  else if (change.kind === 'thresholds') log.info(fields, `new thresholds, no window lost: ${change.paths.join(', ')}`);
  else log.warn(fields, `nothing was changed, this needs a restart: ${change.paths.join(', ')}`);
};

/**
 * The pipeline with its new settings, whenever a signal has told to read them again and they change nothing but thresholds.
 * Everything else is said in the log, and the old settings go on.
 *
 * ```
 * signal$   -a-b-c-d-|   a: a threshold; b: not valid; c: a sink; d: another threshold
 * reloads   -A-----D-|
 * ```
 */
export const reloads = ({ settings: first, signal$, load, log }: ReloadOptions): Observable<ChosenPipeline> =>
  signal$.pipe(
    map(load),
    scan(
      ({ settings }: State, loaded): State => {
        if (!loaded.ok) {
          refuse(log, loaded.problems);
          return { settings, taken: false };
        }
        const change = changeOf(settings, loaded.settings);
        tell(log, change);
        return change.kind === 'thresholds' ? { settings: loaded.settings, taken: true } : { settings, taken: false };
      },
      { settings: first, taken: false },
    ),
    filter(({ taken }) => taken),
    map(({ settings }) => settings.pipeline),
    // Who asks later gets the latest: a signal may come before the pipeline stands.
    shareReplay({ bufferSize: 1, refCount: true }),
  );
