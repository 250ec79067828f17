import type { Observable, SchedulerLike } from 'rxjs';
import { Observable as Source } from 'rxjs';
import type { Market } from '../../model/series.js';
import type { MarketClock } from '../../ports/context.js';
import type { SimulatedSocketIn, SimulatedSocketOut, SimulatedSockets } from '../door.js';
import type { Channels, Client } from './channels.js';
import { createConnection } from './connection.js';
import { LIMITS } from './limits.js';
import type { Tally } from './log.js';
import { turnedAway } from './refusal.js';
import type { Script } from './script.js';
import { readStreamPath } from './stream-path.js';

export interface SocketParts {
  readonly clock: MarketClock;
  readonly wireTime: SchedulerLike;
  readonly channels: Channels;
  readonly script: Script;
  readonly tally: Tally;
  /** Plays while subscribed; every connection holds it, so nothing runs while nobody is connected. */
  readonly player: Observable<never>;
  readonly ackDelayMs: number;
  readonly lifetimeMs: number;
  readonly messagesPerSecondMax: Readonly<Record<Market, number>>;
}

const refusal = (status: number, headers: Readonly<Record<string, string>> = {}): SimulatedSocketOut => {
  const { body, contentType } = turnedAway(status);
  return { kind: 'refuse', status, headers: { 'content-type': contentType, ...headers }, body };
};

const FIVE_MINUTES_MS = 300_000;

/** Attempts to connect of the one address that all clients come from; false for one too many (binance-protocol.md §6). */
const createAttempts = ({ wireTime, tally }: SocketParts): ((market: Market) => boolean) => {
  const recentMs: number[] = [];
  return (market) => {
    const nowMs = wireTime.now();
    recentMs.push(nowMs);
    while (nowMs - (recentMs[0] ?? nowMs) >= FIVE_MINUTES_MS) recentMs.shift();
    tally.attemptsPeakPerFiveMinutes = Math.max(tally.attemptsPeakPerFiveMinutes, recentMs.length);
    return recentMs.length <= LIMITS[market].attemptsPerFiveMinutes;
  };
};

/** The WebSocket side of both markets. `clients` is the live set of connections, for scripts that strike them all. */
export const createSockets = (
  parts: SocketParts,
): { readonly sockets: SimulatedSockets; readonly clients: ReadonlySet<Client> } => {
  const { script, tally } = parts;
  const clients = new Set<Client>();
  const mayTry = createAttempts(parts);

  const connect = (path: string, in$: Observable<SimulatedSocketIn>): Observable<SimulatedSocketOut> =>
    new Source<SimulatedSocketOut>((subscriber) => {
      const end = (out: SimulatedSocketOut): void => {
        subscriber.next(out);
        subscriber.complete();
      };
      const fail = (error: unknown): void => subscriber.error(error);
      const refuse = (status: number, headers?: Readonly<Record<string, string>>): void => {
        tally.upgradesRefused++;
        end(refusal(status, headers));
      };
      const asked = readStreamPath(path);
      const allowed = mayTry(typeof asked === 'number' ? 'spot' : asked.market);
      const fault = script.upgradeFault();
      if (fault === 'hang') return;
      if (fault !== null) return refuse(fault.status, fault.headers);
      if (typeof asked === 'number') return refuse(asked);
      if (!allowed) return refuse(403);
      const messagesPerSecondMax = parts.messagesPerSecondMax[asked.market];
      const send = (out: SimulatedSocketOut): void => subscriber.next(out);
      const connection = createConnection({ ...parts, path: asked, messagesPerSecondMax, end, send });
      tally.connections++;
      tally.connectionsOpen++;
      clients.add(connection.client);
      subscriber.add(() => {
        tally.connectionsOpen--;
        clients.delete(connection.client);
        connection.stop();
      });
      subscriber.next({ kind: 'open' });
      subscriber.add(parts.player.subscribe({ error: fail }));
      connection.start();
      subscriber.add(in$.subscribe({ next: connection.receive, error: fail, complete: () => subscriber.complete() }));
    });

  return { sockets: { connect }, clients };
};
