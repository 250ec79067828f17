import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Alert } from '../../../src/model/alert.js';
import type { Scene } from '../../../src/model/scene.js';
import { alert, OPEN_MS } from '../../support/alerts.js';

export const INTERVAL_MS = 900_000;

type Cells = readonly [open: number, high: number, low: number, close: number, volume: number | null];

/** A scene of bars of a quarter of an hour, the last of which opens at `OPEN_MS`. */
export const sceneOf = (bars: readonly Cells[], given: Partial<Scene> = {}): Scene => ({
  intervalMs: INTERVAL_MS,
  openTimesMs: bars.map((_, i) => OPEN_MS - (bars.length - 1 - i) * INTERVAL_MS),
  open: bars.map(([open]) => open),
  high: bars.map(([, high]) => high),
  low: bars.map(([, , low]) => low),
  close: bars.map(([, , , close]) => close),
  volume: bars.map(([, , , , volume]) => volume),
  ...given,
});

/** Quiet bars about a price, and a last one that goes from it to `to`. */
export const quietThen = (count: number, price: number, to: number, volume = 100): Scene =>
  sceneOf([
    ...Array.from({ length: count - 1 }, (_, i): Cells => {
      const close = price * (1 + (i % 2 === 0 ? 0.001 : -0.001));
      return [price, price * 1.002, price * 0.998, close, volume];
    }),
    [price, Math.max(price, to), Math.min(price, to), to, volume * 10],
  ]);

/** The alert of the last bar of a scene. */
export const alertOf = (scene: Scene, given: Partial<Alert> = {}): Alert => {
  const [open = 1, close = 1] = [scene.open.at(-1), scene.close.at(-1)];
  const bar = { open, high: Math.max(open, close), low: Math.min(open, close), close, volume: 1, quoteVolume: 1 };
  return alert({
    direction: close >= open ? 'up' : 'down',
    openTimeMs: scene.openTimesMs.at(-1) ?? OPEN_MS,
    bar: { ...bar, provenance: 'stream' },
    ...given,
  });
};

/** Bars of a recording: `SYMBOL-interval-….csv.gz` with a header. */
export const readBars = (path: string, intervalMs: number): readonly { readonly timeMs: number; readonly cells: Cells }[] =>
  gunzipSync(readFileSync(path))
    .toString('utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map(([time, open, high, low, close, volume, , quote]) => ({
      timeMs: Math.floor(Number(time) / intervalMs) * intervalMs,
      cells: [
        ...[open, high, low, close].map(Number),
        volume ? Number(volume) : quote ? Number(quote) / Number(close) : null,
      ] as unknown as Cells,
    }));
