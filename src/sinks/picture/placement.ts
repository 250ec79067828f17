import type { Scene } from '../../model/scene.js';

/*
 * Where everything stands, in pixels. 800 × 418 is what Discord shows without cropping, and at half of it, on a telephone, the
 * title can still be read.
 */
export const WIDTH = 800;
export const HEIGHT = 418;
export const LEFT = 24;
const RIGHT = 14;
/** Of the pane with prices, and of the one with volumes below it. */
export const PRICE_TOP = 92;
const PRICE_BOTTOM = 300;
export const VOLUME_TOP = 326;
export const VOLUME_BOTTOM = 384;
/** Where there are no volumes at all, prices take their place. */
const PRICE_BOTTOM_ALONE = VOLUME_BOTTOM;
/** Room above and below the prices, for the mark of the alerted bar. */
const PRICE_PADDING = 20;
/** Younger series fill a part of the picture, from its right. */
export const SLOTS_MIN = 32;
const SLOTS_MAX = 96;
const BODY_SHARE = 0.75;

/** One bar on paper. */
export interface PlacedCandle {
  /** Index in the scene. */
  readonly index: number;
  /** Middle of the bar: a whole pixel and a half, so that a wick is one sharp line. */
  readonly x: number;
  readonly rises: boolean;
}

export interface Placement {
  readonly candles: readonly PlacedCandle[];
  /** Width of a body; odd, so that it lies evenly about its wick. */
  readonly bodyWidth: number;
  /** Room of one bar, bodies and gaps. */
  readonly slotWidth: number;
  /** Right end of both panes; the axis of prices stands beside it. */
  readonly right: number;
  readonly priceBottom: number;
  readonly low: number;
  readonly high: number;
  readonly hasVolume: boolean;
  readonly volumeMax: number;
  /** Open times of the first and the last bar. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly y: (price: number) => number;
  readonly volumeY: (volume: number) => number;
  readonly xOfTime: (timeMs: number) => number;
}

const COLUMNS = ['open', 'high', 'low', 'close'] as const;

const isWhole = (scene: Scene, index: number): boolean =>
  Number.isFinite(scene.openTimesMs[index]) && COLUMNS.every((column) => Number.isFinite(scene[column][index]));

const volumeAt = ({ volume }: Scene, index: number): number => volume[index] ?? 0;

/** The lowest and highest price, never the same: a series that does not move stands in the middle. */
const span = (scene: Scene, indices: readonly number[]): readonly [low: number, high: number] => {
  let low = Infinity;
  let high = -Infinity;
  for (const index of indices) {
    low = Math.min(low, scene.low[index] as number);
    high = Math.max(high, scene.high[index] as number);
  }
  const least = Math.abs(high) * 1e-3 || 1;
  const missing = Math.max(0, least - (high - low)) / 2;
  return [low - missing, high + missing];
};

/**
 * Places the bars of a scene by their time, so that a hole in the series is seen as one; the alerted bar is always the one at the
 * right end. `axisWidth` says how much room the axis of these prices wants. `null` where there is nothing that can be drawn.
 */
export const place = (scene: Scene, axisWidth: (low: number, high: number) => number): Placement | null => {
  const { openTimesMs, intervalMs } = scene;
  const last = openTimesMs.length - 1;
  if (last < 0 || !(intervalMs > 0) || !isWhole(scene, last)) return null;
  const toMs = openTimesMs[last] as number;
  const indices = openTimesMs.flatMap((timeMs, index) => {
    const isRecent = timeMs > toMs - SLOTS_MAX * intervalMs && timeMs <= toMs;
    return isRecent && isWhole(scene, index) ? [index] : [];
  });
  const slotsTaken = Math.round((toMs - (openTimesMs[indices[0] as number] as number)) / intervalMs) + 1;
  const [low, high] = span(scene, indices);
  if (!Number.isFinite(high - low)) return null;
  const right = WIDTH - RIGHT - axisWidth(low, high);
  const slotWidth = (right - LEFT) / Math.max(SLOTS_MIN, slotsTaken);
  const volumeMax = Math.max(0, ...indices.map((index) => volumeAt(scene, index)).filter(Number.isFinite));
  const hasVolume = volumeMax > 0;
  const priceBottom = hasVolume ? PRICE_BOTTOM : PRICE_BOTTOM_ALONE;
  const [top, bottom] = [PRICE_TOP + PRICE_PADDING, priceBottom - PRICE_PADDING];
  const xOfTime = (timeMs: number): number => right - slotWidth * ((toMs - timeMs) / intervalMs + 0.5);
  const width = Math.max(1, Math.floor(slotWidth * BODY_SHARE));
  return {
    candles: indices.map((index) => ({
      index,
      x: Math.floor(xOfTime(openTimesMs[index] as number)) + 0.5,
      rises: (scene.close[index] as number) >= (scene.open[index] as number),
    })),
    bodyWidth: width % 2 === 1 ? width : width - 1,
    slotWidth,
    right,
    priceBottom,
    low,
    high,
    hasVolume,
    volumeMax,
    fromMs: openTimesMs[indices[0] as number] as number,
    toMs,
    y: (price) => bottom - ((price - low) / (high - low)) * (bottom - top),
    volumeY: (volume) => VOLUME_BOTTOM - (volume / volumeMax) * (VOLUME_BOTTOM - VOLUME_TOP),
    xOfTime,
  };
};
