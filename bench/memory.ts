import { fork } from 'node:child_process';
import { entry } from './flood.js';

const KIB = 1_024;

/** One look by a process of its own (memory-child.ts). */
const look = (what: 'frames' | 'momentum' | 'measures' | 'everything', symbols: number): Promise<readonly number[]> =>
  new Promise((resolve, reject) => {
    const child = fork(entry('bench-memory.js'), [what, String(symbols)], { execArgv: ['--expose-gc'] });
    child.once('message', (bytes) => resolve(bytes as readonly number[]));
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`the look at memory ended with ${code}`));
    });
  });

const [FEW, MANY] = [100, 600];

/** What one more series takes: the difference of two processes, so that what they share does not count. */
const perSeriesKiB = async (what: 'momentum' | 'measures'): Promise<number> => {
  const [few = NaN] = await look(what, FEW);
  const [many = NaN] = await look(what, MANY);
  return (many - few) / (MANY - FEW) / KIB;
};

/** Memory of the monitor: over frames, and by the series. */
export const benchMemory = async () => {
  const [early = NaN, late = NaN] = await look('frames', 300);
  const [all = NaN] = await look('everything', 500);
  return {
    rssAfter1e7Over1e6: late / early,
    momentumKiBPerSeries: await perSeriesKiB('momentum'),
    measuresKiBPerSeries: await perSeriesKiB('measures'),
    everythingMiBOf500: all / KIB / KIB,
  };
};
