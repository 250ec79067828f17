import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { SchedulerLike } from 'rxjs';
import { asyncScheduler, Subscription } from 'rxjs';
import { after } from './exchange/after.js';
import type { Undo } from './exchange/script.js';
import { createLane } from './proxy/lane.js';
import type { Towards, Toxic, Toxics } from './proxy/toxic.js';

export interface ProxyOptions {
  /** A port of the loopback, or of another host. */
  readonly target: { readonly port: number; readonly host?: string };
  /** 0, the default, takes a free one of the loopback. */
  readonly port?: number;
  readonly wireTime?: SchedulerLike;
  /** Of the jitter; uniform in [0, 1). */
  readonly random?: () => number;
}

/** A TCP proxy that spoils links on purpose. */
export interface Proxy {
  readonly port: number;
  /** From now on, for connections that are open and those to come, until it is undone. */
  add(toxic: Toxic, towards?: Towards): Undo;
  /** Resets all connections and says how many. */
  cutAll(): number;
  connections(): number;
  /** Bytes that came in and bytes that went out again, since the start. */
  passed(): { readonly taken: number; readonly given: number };
  /** Cuts everything and resolves when the port is free. */
  close(): Promise<void>;
}

interface Active {
  readonly toxic: Toxic;
  readonly towards: Towards;
  /** What it will do to connections later. */
  readonly timers: Subscription;
}

/** One connection of a client, with the connection to the target that it became. */
interface Link {
  pump(): void;
  end(): void;
  reset(): void;
}

const wasReset = (error: Error): boolean => (error as NodeJS.ErrnoException).code === 'ECONNRESET';

const createLink = (
  client: Socket,
  server: Socket,
  parts: Omit<Parameters<typeof createLane>[0], 'from' | 'to' | 'towards'>,
  gone: (link: Link) => void,
): Link => {
  const up = createLane({ ...parts, from: client, to: server, towards: 'server' });
  const down = createLane({ ...parts, from: server, to: client, towards: 'client' });
  const isHeld = (towards: Towards): boolean =>
    parts.toxics.find('timeout', towards) !== undefined || parts.toxics.find('freeze', towards) !== undefined;
  const link: Link = {
    pump: () => {
      up.pump();
      down.pump();
    },
    end: () => {
      client.destroy();
      server.destroy();
    },
    reset: () => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    },
  };
  const close = (): void => {
    if (!client.destroyed || !server.destroyed) return;
    up.stop();
    down.stop();
    gone(link);
  };
  const watch = (side: Socket, other: Socket, towards: Towards): void => {
    side.setNoDelay(true);
    // A reset is passed on as one; the end of a side that ends well goes through its lane.
    side.on('error', (error) => {
      if (wasReset(error) && !isHeld(towards)) other.resetAndDestroy();
    });
    side.on('close', close);
  };
  watch(client, server, 'server');
  watch(server, client, 'client');
  return link;
};

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

/** Listens on the loopback and passes everything on to the target. Rejects with Node's own error when the port is taken. */
export const createProxy = async (options: ProxyOptions): Promise<Proxy> => {
  const { target, wireTime = asyncScheduler, random = () => 0.5 } = options;
  const active = new Set<Active>();
  const links = new Set<Link>();
  const count = { taken: 0, given: 0 };
  const toxics: Toxics = {
    find: <Kind extends Toxic['kind']>(kind: Kind, towards: Towards) => {
      for (const { toxic, towards: struck } of active)
        if (toxic.kind === kind && (struck === 'both' || struck === towards)) return toxic as Extract<Toxic, { kind: Kind }>;
      return undefined;
    },
  };
  const arm = ({ toxic, timers }: Active, link: Link): void => {
    if (toxic.kind === 'timeout' && toxic.ms > 0) timers.add(after(toxic.ms, wireTime, () => link.end()));
    if (toxic.kind === 'reset-peer') timers.add(after(toxic.ms, wireTime, () => link.reset()));
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: target.port, host: target.host ?? '127.0.0.1', allowHalfOpen: true });
    const link = createLink(client, upstream, { toxics, wireTime, random, count }, (over) => links.delete(over));
    links.add(link);
    for (const one of active) arm(one, link);
  });
  const port = await listen(server, options.port ?? 0);
  const cutAll = (): number => {
    const cut = [...links];
    for (const link of cut) link.reset();
    return cut.length;
  };

  return {
    port,
    add: (toxic, towards = 'both') => {
      const one = { toxic, towards, timers: new Subscription() };
      active.add(one);
      for (const link of links) arm(one, link);
      return () => {
        one.timers.unsubscribe();
        active.delete(one);
        for (const link of links) link.pump();
      };
    },
    cutAll,
    connections: () => links.size,
    passed: () => ({ ...count }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutAll();
      }),
  };
};
