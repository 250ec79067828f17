import { fork } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { entry } from './flood.js';
import type { Result } from './rounds.js';
import { resultOf } from './rounds.js';

const SET = '-15m-20251001_20251022.csv.gz';

/** The bars to replay: three weeks of 94 symbols where the shared recordings are there, else the demo's own recordings. */
export const barsOf = (): readonly string[] => {
  const shared = join(process.env['SHARED_DIR'] ?? '../shared', 'data/klines/usdm');
  if (!existsSync(shared)) return ['recordings/usdm'];
  return readdirSync(shared)
    .filter((name) => name.endsWith(SET))
    .map((name) => join(shared, name));
};

/** What a process of its own says of its rounds (replay-child.ts). */
export interface Replayed {
  readonly nsPerBar: readonly number[];
  /** Longer bars that are rebuilt and measured besides, for each bar that is read. */
  readonly longerPerBar: number;
}

const replayed = (what: string, rounds: number): Promise<Replayed> =>
  new Promise((resolve, reject) => {
    const child = fork(entry('bench-replay.js'), [what, String(rounds)]);
    child.once('message', (told) => resolve(told as Replayed));
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`the replay of ${what} ended with ${code}`));
    });
  });

export type ReplayResult = Result & Pick<Replayed, 'longerPerBar'>;

/**
 * Whole replays: by the first scanner's rule, by the default one, and by a rule that reads all measures at two bar lengths. An item
 * is a bar that is read.
 */
export const benchReplay = async ({ rounds }: { readonly rounds: number }): Promise<readonly ReplayResult[]> => {
  const results: ReplayResult[] = [];
  for (const what of ['classic', 'momentum', 'all-measures']) {
    const { nsPerBar, longerPerBar } = await replayed(what, rounds);
    results.push({ ...resultOf(`replay-${what}`, nsPerBar), longerPerBar });
  }
  return results;
};
