import type { SchedulerLike } from 'rxjs';
import { asyncScheduler } from 'rxjs';
import type { Http } from '../../../src/ports/http.js';
import type { Sink } from '../../../src/ports/sink.js';
import { createHttp } from '../../../src/runtime/http.js';
import type { VirtualClock } from '../../../src/runtime/virtual-clock.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import type { DiscordSettings, SimulatedDiscord } from '../../../src/simulator/discord.js';
import { createDiscord } from '../../../src/simulator/discord.js';
import { discord } from '../../../src/sinks/discord/discord.js';
import { OPEN_MS } from '../../support/alerts.js';
import type { Recorded } from '../../support/context.js';
import { recordedContext } from '../../support/context.js';
import { httpInto } from '../../support/http.js';
import { serve } from '../../support/serve.js';

export const ID = '1300000000000000001';
export const TOKEN = 'very-secret_token'.repeat(4);
export const LOOPBACK = 'http://127.0.0.1:1';
export const addressAt = (origin: string): string => `${origin}/api/webhooks/${ID}/${TOKEN}`;

type Embeds = readonly {
  readonly title: string;
  readonly description: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly footer: { readonly text: string };
}[];

/** What a reader sees of each message, with Discord's escapes taken away. */
export const seenIn = (world: SimulatedDiscord): readonly string[] =>
  world
    .saved()
    .map(({ body }) =>
      (body['embeds'] as Embeds)
        .flatMap(({ title, description, fields, footer }) => [
          title,
          description,
          ...fields.flatMap(({ name, value }) => [name, value]),
          footer.text,
        ])
        .join('\n'),
    );

export interface World extends Recorded {
  readonly sink: Sink;
  readonly world: SimulatedDiscord;
  /** Another sink of the same network, at the same webhook unless told otherwise. */
  readonly another: (given?: Readonly<Record<string, unknown>>) => Sink;
}

const build = (origin: string, http: Http, wireTime: SchedulerLike, world: SimulatedDiscord, options: object): World => {
  const recorded = recordedContext({ http, wireTime });
  const another = (given: object = {}): Sink =>
    discord.create(discord.options.parse({ webhookUrl: addressAt(origin), ...options, ...given }), recorded.context);
  return { ...recorded, world, another, sink: another() };
};

const webhooks = [{ id: ID, token: TOKEN }];

/** The sink and a simulated Discord under one virtual clock, without a socket. */
export const virtualWorld = (
  options: object = {},
  settings: Partial<DiscordSettings> = {},
): World & { readonly clock: VirtualClock } => {
  const clock = createVirtualClock(OPEN_MS);
  const world = createDiscord({ wireTime: clock, webhooks, ...settings });
  return { clock, ...build(LOOPBACK, httpInto(world.http, clock), clock, world, options) };
};

export interface ServedWorld extends World {
  readonly origin: string;
  /** Two hours pass at once, so that no limit is in the way. */
  readonly rest: () => void;
  readonly close: () => Promise<void>;
}

/** The sink over the real `http` port and a simulated Discord behind a real server. */
export const servedWorld = async (options: object = {}): Promise<ServedWorld> => {
  let aheadMs = 0;
  const wireTime: SchedulerLike = {
    now: () => asyncScheduler.now() + aheadMs,
    schedule: (work, delayMs, state) =>
      asyncScheduler.schedule(work as Parameters<typeof asyncScheduler.schedule<typeof state>>[0], delayMs, state),
  };
  const world = createDiscord({ wireTime, webhooks });
  const served = await serve(world.http);
  const http = createHttp();
  return {
    origin: served.origin,
    ...build(served.origin, http, wireTime, world, { deadline: '300ms', ...options }),
    rest: () => {
      aheadMs += 7_200_000;
    },
    close: async () => {
      await http.close();
      await served.close();
    },
  };
};
