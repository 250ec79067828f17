import { readdirSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gunzipSync } from 'node:zlib';
import { firstValueFrom } from 'rxjs';
import type { Alert } from '../src/model/alert.js';
import type { Scene } from '../src/model/scene.js';
import { createPictures } from '../src/runtime/pictures.js';
import { drawPicture } from '../src/sinks/picture/picture.js';
import type { Result } from './rounds.js';
import { cpuNs, resultOf } from './rounds.js';

const BARS = 96;
const MINUTE_MS = 60_000;
const FAR_MS = 60_000;

export interface PicturesBench {
  /** CPU of one picture, from the scene to the bytes of its PNG, both threads together. */
  readonly result: Result;
  readonly mostMs: number;
  readonly mostBytes: number;
  /** For how long the event loop stood still meanwhile, in all but one of a hundred cases. */
  readonly stillMs: number;
}

const scenesOf = (path: string): readonly Scene[] => {
  const rows = gunzipSync(readFileSync(path))
    .toString('utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  const column = (shown: readonly (readonly number[])[], at: number): readonly number[] => shown.map((row) => row[at] ?? 0);
  return [BARS, Math.floor(rows.length / 2), rows.length].map((end) => {
    const shown = rows.slice(end - BARS, end);
    return {
      intervalMs: MINUTE_MS,
      openTimesMs: column(shown, 0),
      ...{ open: column(shown, 1), high: column(shown, 2), low: column(shown, 3), close: column(shown, 4) },
      // These recordings have volumes in the quote asset alone.
      volume: column(shown, 7),
    };
  });
};

const alertOf = ({ open, close, openTimesMs }: Scene): Alert => {
  const [from = 1, to = 1] = [open.at(-1), close.at(-1)];
  return {
    ...{ id: 'bench', rule: 'bench', ruleVersion: 1, kind: 'single', market: 'usdm', symbol: 'BENCHUSDT', interval: '1m' },
    ...{ direction: to >= from ? 'up' : 'down', openTimeMs: openTimesMs.at(-1) ?? 0, decisionTimeMs: 0 },
    bar: { open: from, high: to, low: from, close: to, volume: null, quoteVolume: null, provenance: 'replay' },
    ...{ measures: {}, reasons: {}, conditions: [], shortHistory: false, coverage: 1, suppressedBy: null, mergedInto: null },
  };
};

/** Pictures of recorded bars, one after another, by the very thread that the monitor has. */
export const benchPictures = async (folder: string): Promise<PicturesBench> => {
  const pictures = createPictures({
    report: ({ detail }) => {
      throw new Error(detail);
    },
  });
  const scenes = readdirSync(folder)
    .filter((name) => name.endsWith('.csv.gz'))
    .flatMap((name) => scenesOf(`${folder}/${name}`));
  const draw = async (scene: Scene): Promise<Uint8Array> => {
    const svg = drawPicture(alertOf(scene), scene, 'dark');
    if (svg === null) throw new Error('a recorded scene cannot be drawn');
    return firstValueFrom(pictures.draw(svg, FAR_MS), { defaultValue: new Uint8Array() });
  };
  // The first ones start the thread and find nothing compiled.
  for (const scene of scenes.slice(0, 20)) await draw(scene);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const nsPerPicture: number[] = [];
  let mostBytes = 0;
  delay.enable();
  for (const scene of scenes) {
    const before = cpuNs();
    const { length } = await draw(scene);
    nsPerPicture.push(cpuNs() - before);
    mostBytes = Math.max(mostBytes, length);
  }
  delay.disable();
  await pictures.close();
  return {
    result: resultOf('picture', nsPerPicture),
    mostMs: Math.max(...nsPerPicture) / 1e6,
    mostBytes,
    stillMs: Math.max(0, delay.percentile(99) / 1e6 - 1),
  };
};
