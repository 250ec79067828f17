import { EMPTY, asyncScheduler, catchError, lastValueFrom, takeUntil, timer, toArray } from 'rxjs';
import { config } from '../config/index.js';
import type { Environment } from '../config/substitute.js';
import type { Settings } from '../config/settings.js';
import type { Survey, SurveyStep } from '../ports/source.js';
import { EXIT_CONFIG, problemLines } from './check.js';
import { createSurroundings } from './surroundings.js';

export interface UniverseOptions {
  readonly config?: string | undefined;
  readonly set: readonly string[];
  readonly env: Environment;
  readonly json?: boolean;
  /** Where lines go: standard output and standard error by default. */
  readonly print?: (line: string) => void;
  readonly complain?: (line: string) => void;
  /** How long an answer is waited for. */
  readonly patienceMs?: number;
}

/** `EX_UNAVAILABLE`: the exchange did not answer. */
const EXIT_UNAVAILABLE = 69;
/** `EX_DATAERR`: these settings have nothing to be surveyed. */
const EXIT_DATA = 65;
const PATIENCE_MS = 20_000;
const SYMBOLS_SHOWN = 8;

type Row = readonly [filter: string, removed: string, left: string, words: string, examples: string];

const HEAD: Row = ['filter', 'removed', 'left', 'what is left', 'removed, for example'];

const rowOf = ({ filter, words, left, removed, unknown, examples }: SurveyStep): Row => [
  filter,
  removed === 0 ? '' : String(removed),
  String(left),
  unknown === 0 ? words : `${words} (${unknown} unknown)`,
  examples.join(', ') + (removed > examples.length ? ', …' : ''),
];

/** Terminals give letters of some scripts two columns. */
const columns = (text: string): number =>
  [...text].reduce(
    (sum, letter) =>
      sum + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/.test(letter) ? 2 : 1),
    0,
  );

const pad = (text: string, width: number, toRight = false): string => {
  const space = ' '.repeat(Math.max(0, width - columns(text)));
  return toRight ? space + text : text + space;
};

/** The funnel of one market as a table for people. */
export const surveyLines = ({ market, symbols, steps }: Survey): readonly string[] => {
  const rows = [HEAD, ...steps.map(rowOf)];
  const width = (at: number): number => Math.max(...rows.map((row) => columns(row[at] ?? '')));
  const table = rows.map((row) =>
    `  ${pad(row[0], width(0))}  ${pad(row[1], width(1), true)}  ${pad(row[2], width(2), true)}  ${pad(row[3], width(3))}  ${row[4]}`.trimEnd(),
  );
  const more = symbols.length > SYMBOLS_SHOWN ? ', …' : '';
  const named = symbols.length === 0 ? [] : ['', `  the most traded: ${symbols.slice(0, SYMBOLS_SHOWN).join(', ')}${more}`];
  return [`${market}: ${symbols.length} of ${steps[0]?.left ?? 0} symbols are followed`, '', ...table, ...named];
};

/** One survey for each market that has answered in time; `null` when the source makes none. */
const surveysOf = async (
  settings: Settings,
  complain: (line: string) => void,
  patienceMs: number,
): Promise<readonly Survey[] | null> => {
  const surroundings = createSurroundings(complain, ({ detail }) => complain(detail));
  try {
    const survey$ = settings.source.create(surroundings.context).survey?.();
    if (survey$ === undefined) return null;
    const answered$ = survey$.pipe(
      catchError((error: unknown) => {
        complain(error instanceof Error ? error.message : String(error));
        return EMPTY;
      }),
    );
    return await lastValueFrom(answered$.pipe(takeUntil(timer(patienceMs, asyncScheduler)), toArray()), { defaultValue: [] });
  } finally {
    await surroundings.close();
  }
};

/**
 * Asks the exchange once and prints how the symbols of each market are chosen. 0 done, 65 the source chooses nothing,
 * 69 the exchange did not answer, 78 wrong settings.
 */
export const universe = async (options: UniverseOptions): Promise<number> => {
  const { config: path, set, env, json = false, patienceMs = PATIENCE_MS } = options;
  const { print = (line) => process.stdout.write(`${line}\n`), complain = (line) => process.stderr.write(`${line}\n`) } = options;
  const loaded = config.load({ config: path, overrides: set, env });
  if (!loaded.ok) {
    for (const line of problemLines(loaded.problems)) complain(line);
    return EXIT_CONFIG;
  }
  const surveyed = await surveysOf(loaded.settings, complain, patienceMs);
  if (surveyed === null) {
    complain(`the source ${loaded.settings.source.type} does not choose symbols`);
    return EXIT_DATA;
  }
  if (json) print(JSON.stringify(surveyed, null, 2));
  else surveyed.forEach((one, index) => [...(index > 0 ? [''] : []), ...surveyLines(one)].forEach((line) => print(line)));
  const { markets } = loaded.settings.source.options;
  if (surveyed.length >= (Array.isArray(markets) ? new Set(markets).size : 1)) return 0;
  complain(`no answer within ${patienceMs / 1_000} s`);
  return EXIT_UNAVAILABLE;
};
