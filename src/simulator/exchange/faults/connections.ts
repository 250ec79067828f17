import type { SchedulerLike } from 'rxjs';
import type { Market } from '../../../model/series.js';
import type { MarketClock } from '../../../ports/context.js';
import { after } from '../after.js';
import type { BrokenFrame } from '../broken.js';
import { BROKEN_FRAMES } from '../broken.js';
import type { Client, PathClass } from '../channels.js';
import type { Tally } from '../log.js';
import type { ControlFault, Script, Undo } from '../script.js';

/** What a script can do to connections. Those that strike several strike the ones that are open now and say how many. */
export interface ConnectionFaults {
  /** The links die without a closing handshake. */
  dropAllSockets(): number;
  /** One link dies: `chance` in [0, 1) picks it among those that are open. 0 when none is. */
  dropSocket(chance: number): number;
  /** Every connection is closed with this code. */
  closeAllSockets(code: number, reason: string): number;
  /** A closing handshake is begun with everyone and never finished. */
  beginCloseOfAllSockets(code: number, reason: string): number;
  /** The 24-hour cut for all connections that are so many wire milliseconds old. */
  endSocketsOlderThan(ageMs: number): number;
  /** Connections opened from now on live so many wire milliseconds. */
  setLifetime(ms: number): Undo;
  /** `serverShutdown` is told to everyone on the market, spot by default, and the connections end so many wire milliseconds later. */
  announceShutdown(endsAfterMs: number, market?: Market): number;
  /** Data stops; pings and answers go on. */
  stallAllSockets(): number;
  /** Half open: nothing is sent and nothing is read any more, and no end comes. */
  halfOpen(): number;
  /** One connection goes half-open: `chance` in [0, 1) picks it. 0 when none is open. */
  halfOpenSocket(chance: number): number;
  /** Instead of anything new, the last data frame comes again. */
  repeatLastFrame(): Undo;
  /** Connections made from now on under this path are acknowledged and carry nothing; older ones go on (§11 row 1). */
  retirePath(pathClass: PathClass): Undo;
  /** The same for the connections that are open now as well. */
  silencePath(pathClass: PathClass): Undo;
  /** Sends these texts to everyone as they are. */
  garbageFrames(...texts: readonly string[]): number;
  /** Sends everyone a text of so many bytes. */
  hugeFrame(bytes: number): number;
  /** Sends everyone a frame that breaks the rules of the protocol, see BROKEN_FRAMES. */
  brokenFrame(name: BrokenFrame): number;
  /** New connections are answered with a status (403 comes as HTML) for so many wire milliseconds. */
  refuseUpgrades(status: number, forMs: number, headers?: Readonly<Record<string, string>>): Undo;
  /** New connections get no answer at all for so many wire milliseconds. */
  hangUpgrades(forMs: number): Undo;
  /** The next requests over sockets are not answered, answered with an error (neither is obeyed), or under another id. */
  misanswerControl(how: ControlFault, times?: number): Undo;
}

export interface ConnectionFaultParts {
  readonly clients: ReadonlySet<Client>;
  readonly script: Script;
  readonly tally: Tally;
  readonly clock: MarketClock;
  readonly wireTime: SchedulerLike;
}

const LIFETIME_OVER = { kind: 'close', code: 1001, reason: '' } as const;

export const createConnectionFaults = (parts: ConnectionFaultParts): ConnectionFaults => {
  const { clients, script, tally, clock, wireTime } = parts;
  const strike = (name: string, hit: (client: Client) => void, among: (client: Client) => boolean = () => true): number => {
    const struck = [...clients].filter(among);
    struck.forEach(hit);
    tally.fault(name, struck.length);
    return struck.length;
  };
  const strikeOne = (name: string, chance: number, hit: (client: Client) => void): number => {
    const hearing = [...clients].filter(({ hears }) => hears !== 'nothing');
    const picked = hearing[Math.floor(chance * hearing.length)];
    return strike(name, hit, (client) => client === picked);
  };
  const hears =
    (left: Client['hears']) =>
    (client: Client): void => {
      client.hears = left;
    };
  /** Strikes those that still hear everything, and can take it back. */
  const strikeWhile = (name: string, left: Client['hears'], among: (client: Client) => boolean): Undo => {
    const struck = [...clients].filter((client) => client.hears === 'all' && among(client));
    strike(name, hears(left), (client) => struck.includes(client));
    return () => {
      for (const client of struck) if (client.hears === left) client.hears = 'all';
    };
  };
  const announce = (client: Client): void => {
    const event = `{"e":"serverShutdown","E":${Math.floor(clock.now())}}`;
    client.send({ kind: 'frame', text: client.combined ? `{"stream":"!serverShutdown","data":${event}}` : event });
  };

  return {
    dropAllSockets: () => strike('dropAllSockets', (client) => client.end({ kind: 'cut' })),
    dropSocket: (chance) => strikeOne('dropSocket', chance, (client) => client.end({ kind: 'cut' })),
    closeAllSockets: (code, reason) => strike('closeAllSockets', (client) => client.end({ kind: 'close', code, reason })),
    beginCloseOfAllSockets: (code, reason) =>
      strike('beginCloseOfAllSockets', (client) => {
        client.send({ kind: 'closing', code, reason });
        client.hears = 'nothing';
      }),
    endSocketsOlderThan: (ageMs) => {
      const isOld = ({ openedMs }: Client): boolean => wireTime.now() - openedMs >= ageMs;
      return strike('endSocketsOlderThan', (client) => client.end(LIFETIME_OVER), isOld);
    },
    setLifetime: script.setLifetime,
    announceShutdown: (endsAfterMs, market = 'spot') =>
      strike(
        'announceShutdown',
        (client) => {
          announce(client);
          after(endsAfterMs, wireTime, () => {
            if (clients.has(client) && client.hears !== 'nothing') client.end(LIFETIME_OVER);
          });
        },
        (client) => client.market === market && client.hears !== 'nothing',
      ),
    stallAllSockets: () => strike('stallAllSockets', hears('control'), (client) => client.hears !== 'nothing'),
    halfOpen: () => strike('halfOpen', hears('nothing')),
    halfOpenSocket: (chance) => strikeOne('halfOpenSocket', chance, hears('nothing')),
    repeatLastFrame: () => strikeWhile('repeatLastFrame', 'echo', () => true),
    retirePath: script.retire,
    silencePath: (pathClass) => {
      const retired = script.retire(pathClass);
      const struck = strikeWhile('silencePath', 'control', (client) => client.pathClass === pathClass);
      return () => {
        retired();
        struck();
      };
    },
    garbageFrames: (...texts) =>
      strike('garbageFrames', (client) => {
        for (const text of texts) client.send({ kind: 'frame', text });
      }),
    hugeFrame: (bytes) => {
      const text = JSON.stringify('x'.repeat(Math.max(0, bytes - 2)));
      return strike('hugeFrame', (client) => client.send({ kind: 'frame', text }));
    },
    brokenFrame: (name) => {
      const frame = BROKEN_FRAMES[name]();
      return strike('brokenFrame', (client) => client.send(frame));
    },
    refuseUpgrades: (status, forMs, headers = {}) => script.refuseUpgrades({ status, headers }, forMs),
    hangUpgrades: (forMs) => script.refuseUpgrades('hang', forMs),
    misanswerControl: (how, times = Infinity) => script.misanswerControl(how, times),
  };
};
