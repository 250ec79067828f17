import { join } from 'node:path';
import type { Observable, SchedulerLike, Subscription } from 'rxjs';
import { lastValueFrom } from 'rxjs';
import type { Bar } from '../../model/bar.js';
import type { Report } from '../../model/fault.js';
import type { Interval } from '../../model/interval.js';
import type { Market } from '../../model/series.js';
import type { RingFiles } from '../../ports/ring-files.js';
import { decodeBlocks, encodeBlock } from './blocks.js';
import type { Shelf } from './shelf.js';
import { createShelf } from './shelf.js';

/** Bars are written together when the first of them has waited this long, in wire milliseconds. */
const WRITE_AFTER_MS = 1_000;
/** Waiting bars at most; when the disk is slower than this, the newest are passed over. */
const WAITING_MAX = 500_000;
const FILES_MAX = 8;
/** A file is full when it alone would do: it holds this many bars a series on average. At least: restarts come in all lengths. */
const BARS_MIN = 400;
/** Bars beyond what was asked for: the next start is later. */
const BARS_SPARE = 200;
const BARS_MAX = 5_000;
/** Bars written in one go, so that other work finds its turn. */
const GO_BARS = 10_000;

export interface DrawerParts {
  readonly folder: string;
  readonly files: RingFiles;
  readonly wireTime: SchedulerLike;
  readonly report: Report;
}

const done = async (step$: Observable<never>): Promise<void> => {
  await lastValueFrom(step$, { defaultValue: undefined });
};

/** The files of one market and interval: `usdm-15m.7.bars`, the higher the number the later. */
export const createDrawer = ({ folder, files, wireTime, report }: DrawerParts, market: Market, interval: Interval) => {
  const name = `${market}-${interval}`;
  const pattern = new RegExp(`^${name}\\.(\\d{1,9})\\.bars$`);
  const pathOf = (number: number): string => join(folder, `${name}.${number}.bars`);
  const waiting: Bar[] = [];
  let shelf: Shelf | null = null;
  let loaded: Promise<void> | null = null;
  /** Everything on disk happens one after another. */
  let queue: Promise<void> = Promise.resolve();
  let wake: Subscription | null = null;
  let keep = BARS_MIN;
  /** The file being written, and what it holds; `null` before the first write of this life. */
  let current: { readonly number: number; bars: number; readonly symbols: Set<string> } | null = null;
  let latestNumber: number | null = null;

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    queue = queue.then(work).catch((error: unknown) => {
      // What was begun may be half written: the next write goes into a file of its own.
      current = null;
      report({ kind: 'cache-failed', detail: `the cache of bars in ${folder}: ${String((error as Error).message)}` });
    });
    return queue;
  };

  const numbers = async (): Promise<readonly number[]> =>
    (await lastValueFrom(files.list(folder), { defaultValue: [] }))
      .map((file) => pattern.exec(file.name)?.[1])
      .filter((number) => number !== undefined)
      .map(Number)
      .sort((a, b) => a - b);

  const removeBelow = async (number: number): Promise<void> => {
    for (const older of await numbers()) if (older < number) await done(files.remove(pathOf(older)));
  };

  const begin = async (): Promise<NonNullable<typeof current>> => {
    latestNumber = (latestNumber ?? (await numbers()).at(-1) ?? 0) + 1;
    current = { number: latestNumber, bars: 0, symbols: new Set() };
    return current;
  };

  const write = async (bars: readonly Bar[]): Promise<void> => {
    const into = current ?? (await begin());
    await done(files.append(pathOf(into.number), encodeBlock(name, bars)));
    into.bars += bars.length;
    for (const { symbol } of bars) into.symbols.add(symbol);
    // This file would do alone, so those before it can go, and the next one begins.
    if (into.bars < keep * Math.max(1, into.symbols.size)) return;
    await removeBelow(into.number);
    current = null;
  };

  const load = async (): Promise<void> => {
    const found = createShelf(market, interval, keep);
    shelf = found;
    const all = await numbers();
    latestNumber = all.at(-1) ?? 0;
    for (const number of all) {
      const bytes = await lastValueFrom(files.read(pathOf(number)), { defaultValue: null });
      if (bytes === null) continue;
      const symbols = new Set<string>();
      const read = decodeBlocks(bytes, name, (symbol, from, at) => {
        symbols.add(symbol);
        found.put(symbol, from, at);
      });
      // What ends whole is gone on with.
      current = read?.isWhole === true ? { number, bars: read.count, symbols } : null;
      if (read !== null) continue;
      report({ kind: 'cache-damaged', detail: `${pathOf(number)} is damaged or of another version; its bars are fetched anew` });
      await done(files.remove(pathOf(number)));
    }
    // Files that no full one ever replaced, after many broken ends.
    for (const number of all.slice(0, -FILES_MAX)) await done(files.remove(pathOf(number)));
  };

  const flush = (): Promise<void> => {
    wake?.unsubscribe();
    wake = null;
    return inTurn(async () => {
      while (waiting.length > 0) await write(waiting.splice(0, GO_BARS));
    });
  };

  return {
    /** Loads on the first call; `bars` is how many a series is asked for. */
    ready: (bars: number): Promise<void> => {
      if (loaded === null) keep = Math.min(BARS_MAX, Math.max(BARS_MIN, bars + BARS_SPARE));
      loaded ??= inTurn(load);
      return loaded;
    },
    take: (symbol: string, fromMs: number, toMs: number): readonly Bar[] => {
      const bars = shelf?.bars(symbol, fromMs, toMs) ?? [];
      shelf?.drop(symbol);
      return bars;
    },
    add: (bar: Bar): void => {
      if (waiting.length >= WAITING_MAX) return;
      waiting.push(bar);
      wake ??= wireTime.schedule(() => void flush(), WRITE_AFTER_MS);
    },
    close: flush,
  };
};
