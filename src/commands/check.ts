import { config } from '../config/index.js';
import { formatProblem } from '../config/node.js';
import type { Problem } from '../config/node.js';
import type { Environment } from '../config/substitute.js';
import { explainRoute } from './check-route.js';
import { timelineLines } from './check-timeline.js';

export interface CheckOptions {
  readonly config?: string | undefined;
  /** What was written after each `--set`. */
  readonly set: readonly string[];
  /** Says where an alert with these facts would go, such as `symbol=BTCUSDT strength=7`. */
  readonly route?: readonly string[] | undefined;
  /** Shows on an example how the settings tell a move. */
  readonly timeline?: boolean | undefined;
  readonly env: Environment;
}

/** `EX_CONFIG` of sysexits.h: a supervisor should not try again before a person has looked. */
export const EXIT_CONFIG = 78;
const EXIT_USAGE = 64;
const PROBLEMS_SHOWN_MAX = 50;

/** Every problem on a line of its own, for standard error. */
export const problemLines = (problems: readonly Problem[]): readonly string[] => {
  const lines = problems.slice(0, PROBLEMS_SHOWN_MAX).map(formatProblem);
  const more = problems.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
};

/** Says whether the settings are valid and what they choose, or everything that is wrong with them. Connects to nothing. */
export const check = ({ config: path, set, env, route, timeline = false }: CheckOptions): Promise<number> => {
  const loaded = config.load({ config: path, overrides: set, env });
  if (!loaded.ok) {
    process.stderr.write(
      problemLines(loaded.problems)
        .map((line) => `${line}\n`)
        .join(''),
    );
    return Promise.resolve(EXIT_CONFIG);
  }
  if (route !== undefined) {
    const lines = explainRoute(route, loaded.settings, (line) => process.stderr.write(`${line}\n`));
    if (lines === null) return Promise.resolve(EXIT_USAGE);
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    return Promise.resolve(0);
  }
  const { file, summary, notes, warnings } = loaded;
  const lines = [
    `${file ?? 'settings'}: valid`,
    ...summary,
    ...notes.map((note) => `note: ${note}`),
    ...warnings.map((warning) => `warning: ${warning}`),
    ...(timeline ? ['', ...timelineLines(loaded.settings)] : []),
  ];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return Promise.resolve(0);
};
