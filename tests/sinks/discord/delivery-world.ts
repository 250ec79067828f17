import type { Observable } from 'rxjs';
import { Subject, throwError } from 'rxjs';
import type { Alert } from '../../../src/model/alert.js';
import type { Delivery } from '../../../src/model/delivery.js';
import { settle } from '../../../src/operators/delivery/settle.js';
import type { Close } from '../../../src/model/close.js';
import type { Http, HttpResponse } from '../../../src/ports/http.js';
import { HttpError } from '../../../src/ports/http.js';
import type { DeliverySettings } from '../../../src/ports/pipeline.js';
import type { Sink } from '../../../src/ports/sink.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import type { DiscordSettings, LoggedRequest } from '../../../src/simulator/discord.js';
import { createDiscord } from '../../../src/simulator/discord.js';
import { discord } from '../../../src/sinks/discord/discord.js';
import { addressAt, ID, LOOPBACK, TOKEN } from './world.js';
import { alert, OPEN_MS } from '../../support/alerts.js';
import { recordedContext } from '../../support/context.js';
import type { FakeStore } from '../../support/fakes.js';
import { fakeStore } from '../../support/fakes.js';
import { httpInto } from '../../support/http.js';
import { closeAt, DELIVERY, openedAgain } from '../../support/parts.js';

export interface DeliveryWorldOptions {
  readonly discord?: Partial<DiscordSettings>;
  readonly delivery?: Partial<DeliverySettings>;
  /** Options of each Discord sink of one network; one sink if absent. */
  readonly sinks?: readonly Readonly<Record<string, unknown>>[];
  readonly others?: readonly Sink[];
  /** What an earlier life has left. */
  readonly store?: FakeStore;
  readonly fingerprint?: string;
}

type Embeds = readonly { readonly title: string; readonly description: string; readonly footer: { readonly text: string } }[];

/** The embeds of each message, by what they say. */
export const embedsOf = (body: Readonly<Record<string, unknown>>): Embeds => body['embeds'] as Embeds;

let made = 0;

/** An alert that is decided at this moment. */
export const alertNow = (nowMs: number, given: Partial<Alert> = {}): Alert => {
  const openTimeMs = nowMs - 900_000;
  return alert({ id: `a${++made}`.padEnd(16, 'x'), openTimeMs, decisionTimeMs: nowMs, ...given });
};

export const strengthOf = (value: number): NonNullable<Alert['strength']> => ({ value, coverage: 1, version: 1, parts: [] });

/** The whole way of an alert from its close to a simulated Discord that enforces its limits, under one virtual clock. */
export const deliveryWorld = (options: DeliveryWorldOptions = {}) => {
  const { sinks = [{}], others = [], store = fakeStore(), fingerprint = 'these settings' } = options;
  const clock = createVirtualClock(OPEN_MS);
  const webhooks = [{ id: ID, token: TOKEN }];
  const world = createDiscord({ wireTime: clock, webhooks, ...options.discord });
  const inner = httpInto(world.http, clock);
  let down = false;
  const refused = (): Observable<HttpResponse> => throwError(() => new HttpError('no', 'refused', 'connection refused'));
  const http: Http = { request: (request) => (down ? refused() : inner.request(request)) };
  const recorded = recordedContext({ http, wireTime: clock, marketTime: clock, random: () => 1 });
  const built = sinks.map((given): Sink => {
    const sink = discord.create(discord.options.parse({ webhookUrl: addressAt(LOOPBACK), ...given }), recorded.context);
    return { ...sink, fingerprint: () => fingerprint };
  });
  const close$ = new Subject<Close>();
  const steps: Delivery[] = [];
  const remembered = openedAgain(store);
  close$
    .pipe(
      settle({
        store,
        remembered,
        sinks: [...built, ...others],
        delivery: { ...DELIVERY, ...options.delivery },
        quietStartMs: 0,
        marketTime: clock,
        wireTime: clock,
        random: () => 1,
        report: recorded.context.report,
      }),
    )
    .subscribe((outcome) => {
      if (outcome.kind === 'delivery') steps.push(outcome.delivery);
    });
  let closes = 0;

  return {
    ...recorded,
    clock,
    world,
    store,
    steps,
    /** Nobody answers at all, or somebody does again. */
    isDown: (is: boolean): void => {
      down = is;
    },
    /** These alerts fire at one close. */
    tell: (...alerts: readonly Alert[]): readonly Alert[] => {
      close$.next(closeAt(closes++, alerts, { decisionTimeMs: clock.now() }));
      return alerts;
    },
    /** One alert for each symbol fires now. */
    fire: (...symbols: readonly string[]): readonly Alert[] => {
      const alerts = symbols.map((symbol) => alertNow(clock.now(), { symbol }));
      close$.next(closeAt(closes++, alerts, { decisionTimeMs: clock.now() }));
      return alerts;
    },
    pass: (ms: number): void => clock.advanceTo(clock.now() + ms),
    row: ({ id }: Alert, sink = 'discord'): Delivery | undefined => store.row(id, sink),
    states: (sink = 'discord'): readonly string[] =>
      store
        .rows()
        .filter((row) => row.sink === sink)
        .map(({ state }) => state),
    answers: (): readonly LoggedRequest['answer'][] => world.log().map(({ answer }) => answer),
    /** The footer of every embed ever saved, in order. */
    footers: (): readonly string[] => world.saved().flatMap(({ body }) => embedsOf(body).map(({ footer }) => footer.text)),
    titles: (): readonly (readonly string[])[] => world.saved().map(({ body }) => embedsOf(body).map(({ title }) => title)),
  };
};
