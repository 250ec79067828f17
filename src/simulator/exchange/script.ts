import type { SchedulerLike } from 'rxjs';
import type { Market, Series } from '../../model/series.js';
import { seriesKey } from '../../model/series.js';
import type { SimulatedReply } from '../door.js';
import type { Tally } from './log.js';

/** What the next requests get instead of their answer. */
export interface RestFault {
  /** Only paths that begin so; all by default. */
  readonly path?: string;
  readonly reply: SimulatedReply;
  /** For this many requests; without `times` and `forMs` until it is undone. */
  readonly times?: number;
  /** For this long, in wire milliseconds. */
  readonly forMs?: number;
}

/** What happens to new connections. */
export type UpgradeFault = { readonly status: number } | 'hang';

interface Lasting<T> {
  readonly what: T;
  left: number;
  readonly untilMs: number;
}

type Place = Pick<Series, 'market' | 'symbol'>;
type Bar = Place & { readonly interval: string };

export type Script = ReturnType<typeof createScript>;

/** Ends what a fault began. */
export type Undo = () => void;

/** What the scripted faults have changed, as the exchange's parts ask for it. Each strike is counted under the fault's name. */
export const createScript = (wireTime: SchedulerLike, random: () => number, tally: Tally) => {
  const muted = new Set<string>();
  const copies = new Map<string, number>();
  const rest: Lasting<RestFault>[] = [];
  let upgrades: Lasting<UpgradeFault> | null = null;
  let extraDelayMs = 0;
  let lossShare = 0;

  const place = ({ market, symbol }: { readonly market: Market; readonly symbol: string }): string => `${market}|${symbol}`;
  const copyKey = (bar: Bar, openTimeMs: number): string => `${seriesKey(bar as Series)}|${openTimeMs}`;

  return {
    isMuted: (of: Place): boolean => {
      if (muted.size === 0 || !muted.has(place(of))) return false;
      tally.fault('muteSeries');
      return true;
    },
    mute: (of: Place): Undo => {
      muted.add(place(of));
      return () => muted.delete(place(of));
    },
    copiesOf: (bar: Bar, openTimeMs: number): number => {
      if (copies.size === 0) return 1;
      const set = copies.get(copyKey(bar, openTimeMs)) ?? 1;
      if (set !== 1) tally.fault(set === 0 ? 'skipClosedBar' : 'repeatClosedBar');
      return set;
    },
    setCopies: (bar: Bar, openTimeMs: number, count: number): void => {
      copies.set(copyKey(bar, openTimeMs), count);
    },
    extraDelayMs: (): number => {
      if (extraDelayMs > 0) tally.fault('delayCloses');
      return extraDelayMs;
    },
    delayCloses: (ms: number): Undo => {
      extraDelayMs = ms;
      return () => {
        extraDelayMs = 0;
      };
    },
    loses: (): boolean => {
      if (lossShare === 0 || random() >= lossShare) return false;
      tally.fault('loseFrames');
      return true;
    },
    loseFrames: (share: number): Undo => {
      lossShare = share;
      return () => {
        lossShare = 0;
      };
    },
    upgradeFault: (): UpgradeFault | null => {
      if (upgrades === null || wireTime.now() >= upgrades.untilMs) return null;
      tally.fault('refuseUpgrades');
      return upgrades.what;
    },
    refuseUpgrades: (what: UpgradeFault, forMs: number): Undo => {
      upgrades = { what, left: Infinity, untilMs: wireTime.now() + forMs };
      return () => {
        upgrades = null;
      };
    },
    restFault: (path: string): SimulatedReply | null => {
      const nowMs = wireTime.now();
      const fault = rest.find(({ what, left, untilMs }) => left > 0 && nowMs < untilMs && path.startsWith(what.path ?? '/'));
      if (fault === undefined) return null;
      fault.left--;
      tally.fault('rest');
      return fault.what.reply;
    },
    addRestFault: (what: RestFault): Undo => {
      const lasting = { what, left: what.times ?? Infinity, untilMs: wireTime.now() + (what.forMs ?? Infinity) };
      rest.push(lasting);
      return () => {
        lasting.left = 0;
      };
    },
  };
};
