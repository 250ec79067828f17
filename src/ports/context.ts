import type { Observable, SchedulerLike } from 'rxjs';
import type { Report } from '../model/fault.js';
import type { BarCache } from './cache.js';
import type { Databases } from './databases.js';
import type { Files } from './files.js';
import type { Http } from './http.js';
import type { Mail } from './mail.js';
import type { Pictures } from './pictures.js';
import type { Sockets } from './socket.js';

/**
 * The market's clock: bars, barrier, grace, ages, cooldown, maxAge. In the demo it runs `speed` times faster than the wire,
 * in replay it is virtual. Waits are given in market milliseconds.
 */
export interface MarketClock extends SchedulerLike {
  /** Market milliseconds per wire millisecond; 1 in production. */
  readonly speed: number;
  /** The exchange says that it is `serverTimeMs` now. Ignored where the clock is the exchange's own (virtual time). */
  follow(serverTimeMs: number): void;
}

/**
 * The machine was not itself: `stopped` for so many milliseconds (a suspended laptop, a paused virtual machine, SIGSTOP), or its
 * calendar clock `moved` by so many against the monotonic one. A sleep that stops the monotonic clock too looks like a moved
 * clock: only the exchange's time tells them apart.
 */
export interface ClockBreak {
  readonly kind: 'stopped' | 'moved';
  readonly ms: number;
}

/** What every plug-in may reach of the outer world: two clocks, chance, the network, files, and a place to report faults. */
export interface Context {
  readonly marketTime: MarketClock;
  /** Real, or virtual only with simulated ports: handshakes, deadlines, pings, backoff, rate limits. */
  readonly wireTime: SchedulerLike;
  /** Uniform in [0, 1); seeded in tests. */
  readonly random: () => number;
  readonly http: Http;
  readonly sockets: Sockets;
  readonly files: Files;
  readonly report: Report;
  /** Writes a line for a person to standard output. */
  readonly print: (line: string) => void;
  /** Recent bars of an earlier life; absent where none are kept. */
  readonly cache?: BarCache;
  /** Mail over SMTP; absent where nobody sends any. */
  readonly mail?: Mail;
  /** Draws pictures for sinks that attach them; absent where nobody does. */
  readonly pictures?: Pictures;
  /** Database servers; absent where no store needs one. */
  readonly databases?: Databases;
  /** Emits after each break of this machine's clocks; absent where time is virtual. */
  readonly clockBreak$?: Observable<ClockBreak>;
}
