import type { OperatorFunction } from 'rxjs';
import { defer, map } from 'rxjs';
import type { Bar, PlacedBar } from '../../model/bar.js';
import type { Interval } from '../../model/interval.js';
import { INTERVAL_MS } from '../../model/interval.js';
import type { Scene } from '../../model/scene.js';
import type { Window } from '../../model/window.js';
import { BAR_CELLS, CLOSE, HIGH, LOW, OPEN, orNull, QUOTE, TAKER, TIME, TRADES, VOLUME, writeBar } from '../bars/bar-cells.js';

/** The window of one series with the way in. */
export interface Ring<B extends Bar> {
  readonly window: Window<B>;
  add(bar: B): void;
  /**
   * Lets go of the latest bar as an object; its numbers stay, and `latest` must not be asked for before the next bar. An object
   * that waits a whole bar long is moved by the garbage collector until it is old, which costs more than what was measured of it.
   */
  release(): void;
}

const beyond = (back: number, held: number): RangeError => new RangeError(`bar ${back} back of ${held} held`);

/**
 * One array of numbers for a series; an absent value is NaN inside and `null` outside. The nine numbers of a bar lie together:
 * a bar is written, and most formulas read, with one or two lines of the cache, which are cold when a series' turn comes again.
 *
 * A class, so that all series have one set of methods: a set of closures for each is a kilobyte of memory, and no call of them can
 * be inlined, because each series' view has another shape.
 */
class SeriesRing<B extends Bar> implements Ring<B>, Window<B> {
  readonly intervalMs: number;
  readonly scene: (() => Scene) | undefined;
  length = 0;
  barCount = 0;
  private held: B | null = null;
  private readonly cells: Float64Array;
  private readonly capacity: number;
  /** Where the latest bar lies. */
  private newest = -1;
  /** Bars up to the latest that follow one another without a hole: how far back a time can be found without a look. */
  private unbroken = 0;

  constructor(
    private readonly bars: number,
    interval: Interval,
    sceneBars: number,
  ) {
    this.capacity = Math.max(bars, sceneBars);
    this.cells = new Float64Array(BAR_CELLS * this.capacity);
    this.intervalMs = INTERVAL_MS[interval];
    this.scene = sceneBars > 0 ? () => this.sceneOf(sceneBars) : undefined;
  }

  get window(): Window<B> {
    return this;
  }

  get latest(): B {
    if (this.held === null) throw new RangeError('the latest bar is there as an object only while it is measured');
    return this.held;
  }

  add(bar: B): void {
    if ((bar as Partial<PlacedBar>).follows === 'restart') this.barCount = 0;
    const isNext = this.barCount > 0 && bar.openTimeMs === this.cell(TIME, 0) + this.intervalMs;
    this.unbroken = isNext ? this.unbroken + 1 : 1;
    this.newest = this.newest + 1 === this.capacity ? 0 : this.newest + 1;
    writeBar(this.cells, this.newest * BAR_CELLS, bar);
    this.barCount++;
    this.length = this.barCount < this.bars ? this.barCount : this.bars;
    this.held = bar;
  }

  release(): void {
    this.held = null;
  }

  openTimeMs(back: number): number {
    return this.read(TIME, back);
  }
  open(back: number): number {
    return this.read(OPEN, back);
  }
  high(back: number): number {
    return this.read(HIGH, back);
  }
  low(back: number): number {
    return this.read(LOW, back);
  }
  close(back: number): number {
    return this.read(CLOSE, back);
  }
  volume(back: number): number | null {
    return orNull(this.read(VOLUME, back));
  }
  quoteVolume(back: number): number | null {
    return orNull(this.read(QUOTE, back));
  }
  tradeCount(back: number): number | null {
    return orNull(this.read(TRADES, back));
  }
  takerVolume(back: number): number | null {
    return orNull(this.read(TAKER, back));
  }

  backOf(barsBack: number): number {
    if (barsBack < this.unbroken && barsBack < this.length) return barsBack;
    const wanted = this.read(TIME, 0) - barsBack * this.intervalMs;
    // Without holes the bar is exactly `barsBack` back; with holes it is nearer.
    for (let back = Math.min(barsBack, this.length - 1); back >= 0; back--) {
      const timeMs = this.read(TIME, back);
      if (timeMs === wanted) return back;
      if (timeMs > wanted) return -1;
    }
    return -1;
  }

  /** Small, so that it becomes a part of whatever reads: a number that a call gives back is made anew each time. */
  private read(column: number, back: number): number {
    if (back < 0 || back >= this.length) throw beyond(back, this.length);
    return this.cell(column, back);
  }

  private cell(column: number, back: number): number {
    const place = this.newest - back;
    return this.cells[(place < 0 ? place + this.capacity : place) * BAR_CELLS + column] as number;
  }

  private column(cell: number, length: number): number[] {
    return Array.from({ length }, (_, i) => this.cell(cell, length - 1 - i));
  }

  private sceneOf(sceneBars: number): Scene {
    const length = Math.min(this.barCount, sceneBars);
    return {
      intervalMs: this.intervalMs,
      openTimesMs: this.column(TIME, length),
      open: this.column(OPEN, length),
      high: this.column(HIGH, length),
      low: this.column(LOW, length),
      close: this.column(CLOSE, length),
      volume: this.column(VOLUME, length).map(orNull),
    };
  }
}

/** The window of one series of the interval of `first`, empty as yet, that shows `bars` bars at most. */
export const createRing = <B extends Bar>(bars: number, first: Pick<B, 'interval'>, sceneBars = 0): Ring<B> =>
  new SeriesRing<B>(bars, first.interval, sceneBars);

export interface SlidingWindowOptions {
  readonly bars: number | ((interval: Interval) => number);
  /** Bars that a scene shows, at most; no scene can be had if it is 0 or absent. */
  readonly sceneBars?: number;
}

/**
 * The most recent bars of one series, as a live columnar view that slides by one at every bar. It speaks from the first bar
 * on; what a formula needs is the formula's business. A bar that follows a hole of a day (`restart`) begins a new window.
 *
 * ```
 * bar$                        -a-b-c-d-|
 * slidingWindow({ bars: 3 })  -w-x-y-z-|   a, ab, abc, bcd
 * ```
 *
 * With `sceneBars` a scene of so many bars can be had of it, and what it shows otherwise stays the same.
 *
 * *Memory.* One array of `9 × bars` numbers per series (the larger of the two), and no object per bar.
 */
export const slidingWindow =
  <B extends Bar>({ bars, sceneBars = 0 }: SlidingWindowOptions): OperatorFunction<B, Window<B>> =>
  (bar$) =>
    defer(() => {
      let ring: Ring<B> | undefined;
      return bar$.pipe(
        map((bar) => {
          ring ??= createRing(typeof bars === 'number' ? bars : bars(bar.interval), bar, sceneBars);
          ring.add(bar);
          return ring.window;
        }),
      );
    });
