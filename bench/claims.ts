import { join } from 'node:path';
import { Low } from 'lowdb';
import { JSONFile } from 'lowdb/node';
import type { Observable } from 'rxjs';
import { asyncScheduler, firstValueFrom, lastValueFrom } from 'rxjs';
import type { Alert } from '../src/model/alert.js';
import { claimedRow } from '../src/model/delivery.js';
import type { Context } from '../src/ports/context.js';
import type { Remembered, Store } from '../src/ports/store.js';
import { createFiles } from '../src/runtime/files.js';
import { createMarketClock } from '../src/runtime/market-clock.js';
import { createFileStore } from '../src/stores/lowdb.js';
import { p99 } from './rounds.js';

const START_MS = 1_704_067_200_000;
const ROWS = 100_000;
const ROWS_A_CLAIM = 1_000;
const CLAIMS = 300;
const STOCK_WRITES = 5;

const run = (done$: Observable<never>): Promise<void> => lastValueFrom(done$, { defaultValue: undefined });
const opened = async (store: Store): Promise<Remembered> => {
  const remembered = await firstValueFrom(store.open(), { defaultValue: null });
  if (remembered === null) throw new Error('the store has not opened');
  return remembered;
};

const storeIn = (folder: string): Store => {
  const context = { files: createFiles(), marketTime: createMarketClock(), wireTime: asyncScheduler, report: () => undefined };
  return createFileStore({ folder, compactionBytesMin: 4 * 1_024 * 1_024 }, context as unknown as Context);
};

const idOf = (number: number): string => number.toString(32).padStart(16, '2');

const fill = async (store: Store, epoch: number, alert: Alert): Promise<void> => {
  for (let from = 0; from < ROWS; from += ROWS_A_CLAIM) {
    const alerts = Array.from({ length: ROWS_A_CLAIM }, (_, i): Alert => ({ ...alert, id: idOf(from + i) }));
    const deliveries = alerts.map(({ id }) => claimedRow(id, 'discord', START_MS));
    await run(store.claim({ epoch, position: null, alerts, deliveries, atMs: START_MS }));
  }
};

/** Durable claims of one alert each in a store that holds 100 000 rows already, and the same write by lowdb as it comes. */
export const benchClaims = async (folder: string, alert: Alert) => {
  const store = storeIn(folder);
  const { epoch } = await opened(store);
  await fill(store, epoch, alert);
  const claimsMs: number[] = [];
  for (let i = 0; i < CLAIMS; i++) {
    const id = idOf(ROWS + i);
    const before = performance.now();
    await run(
      store.claim({
        epoch,
        position: null,
        alerts: [{ ...alert, id }],
        deliveries: [claimedRow(id, 'discord', START_MS)],
        atMs: START_MS,
      }),
    );
    claimsMs.push(performance.now() - before);
  }
  await run(store.close());

  const stock = new Low<{ rows: Record<string, unknown> }>(new JSONFile(join(folder, 'stock.json')), { rows: {} });
  for (let i = 0; i < ROWS; i++)
    stock.data.rows[idOf(i)] = { alert: { ...alert, id: idOf(i) }, delivery: claimedRow(idOf(i), 'discord', START_MS) };
  const stockMs: number[] = [];
  for (let i = 0; i < STOCK_WRITES; i++) {
    const id = idOf(ROWS + i);
    const before = performance.now();
    stock.data.rows[id] = { alert: { ...alert, id }, delivery: claimedRow(id, 'discord', START_MS) };
    await stock.write();
    stockMs.push(performance.now() - before);
  }
  return { claimMsP99: p99(claimsMs), stockMsBest: Math.min(...stockMs) };
};

/** An alert as the monitor made it, for rows that look like those of a life. */
export const alertIn = async (folder: string): Promise<Alert> => {
  const store = storeIn(folder);
  const { emitted } = await opened(store);
  await run(store.close());
  const [alert] = emitted;
  if (alert === undefined) throw new Error('no alert was kept');
  return alert;
};
