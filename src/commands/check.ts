import { config } from '../config/index.js';
import { formatProblem } from '../config/node.js';
import type { Problem } from '../config/node.js';
import type { Environment } from '../config/substitute.js';

export interface CheckOptions {
  readonly config?: string | undefined;
  /** What was written after each `--set`. */
  readonly set: readonly string[];
  readonly env: Environment;
}

/** `EX_CONFIG` of sysexits.h: a supervisor should not try again before a person has looked. */
export const EXIT_CONFIG = 78;
const PROBLEMS_SHOWN_MAX = 50;

/** Every problem on a line of its own, for standard error. */
export const problemLines = (problems: readonly Problem[]): readonly string[] => {
  const lines = problems.slice(0, PROBLEMS_SHOWN_MAX).map(formatProblem);
  const more = problems.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
};

/** Says whether the settings are valid and what they choose, or everything that is wrong with them. Connects to nothing. */
export const check = ({ config: path, set, env }: CheckOptions): Promise<number> => {
  const loaded = config.load({ config: path, overrides: set, env });
  if (!loaded.ok) {
    process.stderr.write(
      problemLines(loaded.problems)
        .map((line) => `${line}\n`)
        .join(''),
    );
    return Promise.resolve(EXIT_CONFIG);
  }
  const { file, summary, notes, warnings } = loaded;
  const lines = [
    `${file ?? 'settings'}: valid`,
    ...summary,
    ...notes.map((note) => `note: ${note}`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return Promise.resolve(0);
};
