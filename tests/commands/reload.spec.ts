import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { reloads } from '../../src/commands/reload.js';
import { config } from '../../src/config/index.js';
import type { Loaded } from '../../src/config/load.js';
import type { Settings } from '../../src/config/settings.js';
import { createLog } from '../../src/telemetry/log.js';
import { marbles } from '../support/marbles.js';

const load = (threshold: string | number, more = ''): Loaded =>
  config.loadText({
    file: {
      path: 'a.yaml',
      text: `pipeline: { moveThreshold: ${threshold} }\nsource: { type: replay, bars: [x] }\n${more}`,
      explicit: true,
    },
    env: {},
  });
const settings = ((loaded: Loaded): Settings => {
  if (!loaded.ok) throw new Error('the settings of the test are not valid');
  return loaded.settings;
})(load(3));

const files: Readonly<Record<string, Loaded>> = {
  a: load(4),
  b: load('four'),
  c: load(5, 'sinks: []'),
  d: load(5),
  e: load('[', 'foo: bar'),
  s: load(4),
};

/** A log that keeps its lines. */
const keeping = () => {
  const lines: { readonly level: string; readonly event: string; readonly msg: string }[] = [];
  const log = createLog({
    level: 'info',
    format: 'json',
    colour: false,
    destination: { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
    secrets: () => [],
  });
  return { log, lines };
};

describe('reloads', () => {
  it(
    'takes new thresholds, and goes on with the old ones where anything else is asked for',
    marbles((m) => {
      const { log, lines } = keeping();
      const signal$ = m.hot('-a-b-c-d-|');
      const expected = '-A-----D-|';
      let loaded: Loaded | undefined;
      const file$ = signal$.pipe(map((name) => (loaded = files[name])));
      const later$ = reloads({ settings, signal$: file$, load: () => loaded as Loaded, log });
      m.expect(later$.pipe(map((pipeline) => pipeline.settings['moveThreshold']))).toBeObservable(expected, { A: 4, D: 5 });
      m.flush();
      expect(lines.map(({ level, event, msg }) => `${level} ${event}: ${msg}`)).toStrictEqual([
        'info settings-read: new thresholds, no window lost: pipeline.moveThreshold',
        'error settings-refused: the settings are not valid, the old ones go on: a.yaml:1:28 pipeline.moveThreshold: is "four", should be a number above 0',
        'warn settings-need-restart: nothing was changed, this needs a restart: sinks',
        'info settings-read: new thresholds, no window lost: pipeline.moveThreshold',
      ]);
    }),
  );

  it(
    'says in one line that nothing has changed, and in one line whatever is wrong',
    marbles((m) => {
      const { log, lines } = keeping();
      const signal$ = m.hot('-a-s-e-|');
      const expected = '-A-----|';
      let loaded: Loaded | undefined;
      const later$ = reloads({
        settings,
        signal$: signal$.pipe(map((name) => (loaded = files[name]))),
        load: () => loaded as Loaded,
        log,
      });
      m.expect(later$.pipe(map(() => 'A'))).toBeObservable(expected);
      m.flush();
      expect(lines.map(({ event }) => event)).toStrictEqual(['settings-read', 'settings-read', 'settings-refused']);
      expect(lines[1]?.msg).toBe('the settings were read again: nothing has changed');
    }),
  );

  it(
    'reads the settings once for all who listen, and tells the latest to who comes later',
    marbles((m) => {
      const { log, lines } = keeping();
      const signal$ = m.hot('-a-----|');
      const later$ = reloads({ settings, signal$, load: () => files['a'] as Loaded, log }).pipe(map(({ type }) => type));
      m.expect(later$).toBeObservable('-M-----|', { M: 'momentum' });
      m.expect(later$, '---^').toBeObservable('---M---|', { M: 'momentum' });
      m.flush();
      expect(lines).toHaveLength(1);
    }),
  );
});
