import type { Observable } from 'rxjs';
import { firstValueFrom, lastValueFrom, timeout } from 'rxjs';
import type { Delivery } from '../model/delivery.js';
import { deliveryKey } from '../model/delivery.js';
import { maxAgeMsOf } from '../operators/filters/staleness.js';
import { REFUSED } from '../operators/delivery/standing.js';
import type { Context } from '../ports/context.js';
import type { Store } from '../ports/store.js';
import { StoreError } from '../ports/store.js';
import type { DeliveriesQuestion, Row } from './deliveries-store.js';
import { EXIT_DATA, placeOf, printers, refusedBy, settingsFor } from './deliveries-store.js';
import { countText, rowLines, spanOf } from './deliveries-words.js';
import { createSurroundings } from './surroundings.js';

/** Another store's turn may have to be waited for; a person does not. */
const PATIENCE_MS = 10_000;

export interface ResendOptions extends DeliveriesQuestion {
  /** Ids of alerts as `deliveries` prints them; a beginning that only one has is enough. */
  readonly ids: readonly string[];
}

const done = (write: ReturnType<Store['close']>): Promise<void> => lastValueFrom(write, { defaultValue: undefined });

// A store that answers never ends without an answer, so there is no default to give.
// eslint-disable-next-line rxjs-x/no-ignored-default-value
const first = <T>(answer: Observable<T>): Promise<T> => firstValueFrom(answer);

/** The rows that are meant, or what is wrong with an id. */
const chosen = (rows: readonly Row[], { ids, sink }: ResendOptions): readonly Row[] | string => {
  const found: Row[] = [];
  for (const id of ids) {
    const such = rows.filter(({ alert, delivery }) => alert.id.startsWith(id) && (sink === undefined || delivery.sink === sink));
    if (such.length === 0) return `no alert ${id} has ended as dead or expired; "deliveries dead" lists those that have`;
    if (new Set(such.map(({ alert }) => alert.id)).size > 1) return `${id} is the beginning of more than one id`;
    found.push(...such.filter((row) => !found.includes(row)));
  }
  return found;
};

/** Begun anew, with the past of the row: what may have arrived still may. */
const again = (row: Delivery, atMs: number): Delivery => ({
  ...row,
  state: 'claimed',
  reason: null,
  unknowns: 0,
  updatedAtMs: atMs,
  resentAtMs: atMs,
});

const resend = async (
  store: Store,
  options: ResendOptions,
  maxAgeMs: number | null,
  { marketTime, wireTime }: Context,
): Promise<number> => {
  const { print, complain } = printers(options);
  const nowMs = options.nowMs ?? marketTime.now();
  const { epoch } = await first(
    store.open().pipe(
      timeout({
        first: PATIENCE_MS,
        scheduler: wireTime,
        with: () => {
          throw new StoreError('locked', 'the store is in use: stop the monitor first');
        },
      }),
    ),
  );
  const ended: Row[] = [];
  for (const state of ['dead', 'expired'] as const) ended.push(...(await first(store.scan(state))));
  const rows = chosen(ended, options);
  if (typeof rows === 'string') {
    complain(rows);
    return EXIT_DATA;
  }
  for (const { delivery } of rows) await done(store.transition({ epoch, from: delivery.state, to: again(delivery, nowMs) }));
  // Whoever asks for another try means the sink, too.
  for (const sink of new Set(rows.map(({ delivery }) => delivery.sink))) await done(store.put(epoch, REFUSED, sink, null));
  const withinMs = Math.min(...rows.map(({ alert }) => maxAgeMsOf(alert.interval, maxAgeMs)));
  const count = countText(rows.length, 'delivery', 'deliveries');
  print(`${count} will be sent once more if the monitor starts within ${spanOf(withinMs)} from now:`);
  const told = new Set(rows.map(({ delivery }) => deliveryKey(delivery)));
  ['', ...rowLines(ended.filter(({ delivery }) => told.has(deliveryKey(delivery))))].forEach(print);
  return 0;
};

/**
 * Has dead or expired deliveries sent once more by the next life of the monitor. The store has one user at a time, so the monitor
 * must be stopped. 0 done, 65 there is no such alert, 74 the store cannot be used, 75 the monitor is running, 78 wrong settings.
 */
export const resendDeliveries = async (options: ResendOptions): Promise<number> => {
  const { complain } = printers(options);
  const settings = settingsFor(options);
  if (typeof settings === 'number') return settings;
  const surroundings = createSurroundings(complain, ({ detail }) => complain(detail));
  const store = settings.store.create(surroundings.context);
  if (store.read === undefined) {
    complain(`${placeOf(settings)} forgets everything at the end: there is nothing to send once more`);
    return EXIT_DATA;
  }
  try {
    return await resend(store, options, settings.delivery.maxAgeMs, surroundings.context);
  } catch (error) {
    return refusedBy(error, complain);
  } finally {
    await done(store.close()).catch(() => undefined);
    await surroundings.close();
  }
};
