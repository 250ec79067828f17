import { asyncScheduler, lastValueFrom } from 'rxjs';
import { config } from '../config/index.js';
import type { Settings } from '../config/settings.js';
import type { Environment } from '../config/substitute.js';
import type { Alert } from '../model/alert.js';
import type { Delivery, DeliveryState, Pending } from '../model/delivery.js';
import { StoreError } from '../ports/store.js';
import { EXIT_CONFIG, problemLines } from './check.js';
import { createSurroundings } from './surroundings.js';

/** `EX_DATAERR`: what was asked for is not there. */
export const EXIT_DATA = 65;
/** `EX_IOERR`: the store cannot be used. */
export const EXIT_STORE = 74;
/** `EX_TEMPFAIL`: the store is in use. */
export const EXIT_LOCKED = 75;

/** What all questions about deliveries take. */
export interface DeliveriesQuestion {
  readonly config?: string | undefined;
  readonly set: readonly string[];
  readonly env: Environment;
  readonly json?: boolean | undefined;
  /** How far back to look, in milliseconds; everything that is kept if absent. */
  readonly since?: number | undefined;
  readonly state?: readonly DeliveryState[] | undefined;
  readonly symbol?: string | undefined;
  readonly sink?: string | undefined;
  /** Standard output and error, unless a test listens. */
  readonly print?: (line: string) => void;
  readonly complain?: (line: string) => void;
  /** The time it is. */
  readonly nowMs?: number;
}

/** One alert with one sink, or with nobody (`*`). */
export interface Row {
  readonly alert: Alert;
  readonly delivery: Delivery;
}

/** What a question was put to. */
export interface OpenDeliveries {
  readonly settings: Settings;
  /** Where the rows are kept, in words. */
  readonly place: string;
  readonly rows: readonly Row[];
  readonly nowMs: number;
}

export const printers = ({ print, complain }: Pick<DeliveriesQuestion, 'print' | 'complain'>) => ({
  print: print ?? ((line: string): void => void process.stdout.write(`${line}\n`)),
  complain: complain ?? ((line: string): void => void process.stderr.write(`${line}\n`)),
});

/** The settings; or the exit code, when what is wrong has been said. */
export const settingsFor = ({ config: path, set, env, ...out }: DeliveriesQuestion): Settings | number => {
  const loaded = config.load({ config: path, overrides: set, env });
  if (loaded.ok) return loaded.settings;
  problemLines(loaded.problems).forEach(printers(out).complain);
  return EXIT_CONFIG;
};

export const placeOf = ({ store }: Settings): string => {
  const { path } = store.options;
  return typeof path === 'string' ? path : `the ${store.type} store`;
};

const exitCodeOf = ({ kind }: StoreError): number => (kind === 'locked' ? EXIT_LOCKED : EXIT_STORE);

/** Says what is wrong with the store, and gives the exit code; what is no `StoreError` passes. */
export const refusedBy = (error: unknown, complain: (line: string) => void): number => {
  if (!(error instanceof StoreError)) throw error;
  complain(error.detail);
  return exitCodeOf(error);
};

/** Every row that the store keeps, whether a monitor is using it or not; or the exit code. */
export const openDeliveries = async (question: DeliveriesQuestion): Promise<OpenDeliveries | number> => {
  const { complain } = printers(question);
  const settings = settingsFor(question);
  if (typeof settings === 'number') return settings;
  const surroundings = createSurroundings(complain, ({ detail }) => complain(detail));
  try {
    const read$ = settings.store.create(surroundings.context).read?.();
    if (read$ === undefined) {
      complain(`the store ${settings.store.type} keeps nothing that could be read from outside; set store.type to lowdb`);
      return EXIT_DATA;
    }
    const rows = await lastValueFrom(read$, { defaultValue: [] as readonly Pending[] });
    return { settings, place: placeOf(settings), rows, nowMs: question.nowMs ?? asyncScheduler.now() };
  } catch (error) {
    return refusedBy(error, complain);
  } finally {
    await surroundings.close();
  }
};

/** The rows asked for. Withheld alerts are shown to those who ask for that state. */
export const wantedOf = (
  { rows, nowMs }: OpenDeliveries,
  question: Pick<DeliveriesQuestion, 'since' | 'state' | 'symbol' | 'sink'>,
): readonly Row[] => {
  const { since, state, symbol, sink } = question;
  return rows.filter(
    ({ alert, delivery }) =>
      (since === undefined || alert.decisionTimeMs >= nowMs - since) &&
      (state === undefined ? delivery.state !== 'suppressed' : state.includes(delivery.state)) &&
      (symbol === undefined || alert.symbol.toUpperCase() === symbol.toUpperCase()) &&
      (sink === undefined || delivery.sink === sink),
  );
};
