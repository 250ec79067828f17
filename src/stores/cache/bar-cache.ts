import type { Observable } from 'rxjs';
import { defer, from, ignoreElements, map } from 'rxjs';
import { intervalMs } from '../../model/interval.js';
import type { Interval } from '../../model/interval.js';
import type { Market } from '../../model/series.js';
import type { BarCache } from '../../ports/cache.js';
import type { DrawerParts } from './drawer.js';
import { createDrawer } from './drawer.js';

/**
 * The cache of bars in a folder of append-only files, one run of files per market and interval. Every block has its checksum; a
 * file with a broken one is thrown away, reported, and its bars are fetched anew. Bounded on disk: a file that would do alone
 * makes those before it superfluous. Nothing is synced.
 *
 * *Memory.* What was read at the start, until each series has been handed out: 96 bytes a bar; afterwards a second's bars.
 */
export const createBarCache = (parts: DrawerParts): BarCache => {
  const drawers = new Map<string, ReturnType<typeof createDrawer>>();
  const drawerOf = (market: Market, interval: Interval): ReturnType<typeof createDrawer> => {
    const key = `${market}-${interval}`;
    let drawer = drawers.get(key);
    if (drawer === undefined) drawers.set(key, (drawer = createDrawer(parts, market, interval)));
    return drawer;
  };
  return {
    bars: (series, fromMs, toMs) =>
      defer(() => {
        const drawer = drawerOf(series.market, series.interval);
        const count = Math.floor((toMs - fromMs) / intervalMs(series.interval)) + 1;
        return from(drawer.ready(count)).pipe(map(() => drawer.take(series.symbol, fromMs, toMs)));
      }),
    add: (bars) => {
      for (const bar of bars)
        if (bar.provenance === 'stream' || bar.provenance === 'rest') drawerOf(bar.market, bar.interval).add(bar);
    },
    close: (): Observable<never> =>
      defer(() => Promise.all([...drawers.values()].map((drawer) => drawer.close()))).pipe(ignoreElements()),
  };
};
