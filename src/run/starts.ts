import type { Observable } from 'rxjs';
import { concat, concatMap, of } from 'rxjs';
import type { Remembered, Store } from '../ports/store.js';

/** More starts than this within the time below is a crash loop. */
const QUICK_STARTS = 3;
const QUICK_STARTS_WITHIN_MS = 60_000;

/**
 * Remembers this start and says how long nothing may be sent: a monitor that dies right after each start would otherwise send
 * a copy of what is in flight at every start (reliability.md F96).
 */
export const quietStart = (store: Store, { epoch }: Remembered, nowMs: number, pauseMs: number): Observable<number> =>
  store.get('run', 'starts').pipe(
    concatMap((held) => {
      const recent = (Array.isArray(held) ? held : []).filter(
        (time): time is number => typeof time === 'number' && time > nowMs - QUICK_STARTS_WITHIN_MS && time <= nowMs,
      );
      const starts = [...recent, nowMs].slice(-(QUICK_STARTS + 1));
      return concat(store.put(epoch, 'run', 'starts', starts), of(recent.length >= QUICK_STARTS ? pauseMs : 0));
    }),
  );

export const quietWords = (quietMs: number): string =>
  `more than ${QUICK_STARTS} starts within ${QUICK_STARTS_WITHIN_MS / 1_000} s: nothing is sent for ${quietMs / 1_000} s; look into the log for why it ends`;
