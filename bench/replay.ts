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

/** Rounds of one replay by a process of its own (replay-child.ts). */
const replayed = (what: string, rounds: number): Promise<readonly number[]> =>
  new Promise((resolve, reject) => {
    const child = fork(entry('bench-replay.js'), [what, String(rounds)]);
    child.once('message', (told) => resolve(told as readonly number[]));
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`the replay of ${what} ended with ${code}`));
    });
  });

/** Whole replays: by the first scanner's rule, by the default one, and by a rule that reads all measures at two bar lengths. */
export const benchReplay = async ({ rounds }: { readonly rounds: number }): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (const what of ['classic', 'momentum', 'all-measures']) {
    results.push(resultOf(`replay-${what}`, await replayed(what, rounds)));
  }
  return results;
};
