import type { Observable, SchedulerLike } from 'rxjs';
import { Observable as Source } from 'rxjs';
import type { MarketClock } from '../../ports/context.js';
import type { SimulatedSocketIn, SimulatedSocketOut, SimulatedSockets } from '../door.js';
import type { Channels, Client } from './channels.js';
import { createConnection } from './connection.js';
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
}

const refusal = (status: number): SimulatedSocketOut => {
  const { body, contentType } = turnedAway(status);
  return { kind: 'refuse', status, headers: { 'content-type': contentType }, body };
};

/** The WebSocket side of both markets. `clients` is the live set of connections, for scripts that strike them all. */
export const createSockets = (
  parts: SocketParts,
): { readonly sockets: SimulatedSockets; readonly clients: ReadonlySet<Client> } => {
  const { script, tally } = parts;
  const clients = new Set<Client>();

  const connect = (path: string, in$: Observable<SimulatedSocketIn>): Observable<SimulatedSocketOut> =>
    new Source<SimulatedSocketOut>((subscriber) => {
      const end = (out: SimulatedSocketOut): void => {
        subscriber.next(out);
        subscriber.complete();
      };
      const fail = (error: unknown): void => subscriber.error(error);
      const fault = script.upgradeFault();
      if (fault === 'hang') return;
      const asked = fault === null ? readStreamPath(path) : fault.status;
      if (typeof asked === 'number') {
        tally.upgradesRefused++;
        end(refusal(asked));
        return;
      }
      const connection = createConnection({ ...parts, path: asked, end, send: (out) => subscriber.next(out) });
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
