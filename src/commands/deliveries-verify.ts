import { lastValueFrom, toArray } from 'rxjs';
import { DELIVERY_STATES } from '../model/delivery.js';
import { createRingFiles } from '../runtime/ring-files.js';
import type { DecidedAlert } from '../telemetry/decisions/decision.js';
import { readDecisions } from '../telemetry/decisions/read.js';
import { timeText } from './decision-words.js';
import { decisionsFolder } from './decisions-folder.js';
import type { DeliverySets, Finding } from './deliveries-sets.js';
import { setsOf } from './deliveries-sets.js';
import type { DeliveriesQuestion, OpenDeliveries } from './deliveries-store.js';
import { openDeliveries, printers, wantedOf } from './deliveries-store.js';
import { barText, symbolText } from './deliveries-words.js';
import { tableLines } from './table.js';

const EXIT_LOST = 1;
const SHOWN_MAX = 50;

const SETS = [
  ['lost', 'was to be told, and has neither a message nor a recorded end'],
  ['duplicated', 'may have come more than once, each copy after an unknown outcome marked'],
  ['unexpected', 'came and was not to be told'],
  ['recovered', 'nobody knew whether it had come, and in the end it was delivered'],
] as const satisfies readonly (readonly [keyof DeliverySets, string])[];

/** What the monitor has recorded of its decisions, beside the store and independent of it. */
const decidedIn = async (folder: string | null): Promise<readonly DecidedAlert[]> => {
  if (folder === null) return [];
  const read$ = readDecisions(createRingFiles(), folder, () => false).pipe(toArray());
  const files = await lastValueFrom(read$, { defaultValue: [] });
  return files.flatMap(({ closes }) => closes.flatMap(({ revision, alerts }) => (revision ? [] : alerts)));
};

const findingCells = ({ alert, sink, why }: Finding): readonly string[] => [
  timeText(alert.decisionTimeMs),
  symbolText(alert),
  barText(alert),
  sink ?? '',
  alert.id,
  why,
];

const setLines = (sets: DeliverySets): readonly string[] => {
  const table = tableLines(
    SETS.map(([name, words]) => [name, String(sets[name].length), words]),
    ['left', 'right', 'left'],
    2,
  );
  const findings = SETS.flatMap(([name]) => {
    const found = sets[name];
    if (found.length === 0) return [];
    const shown = tableLines(found.slice(0, SHOWN_MAX).map(findingCells), ['left', 'left', 'left', 'left', 'left', 'left'], 2);
    const more = found.length - shown.length;
    return ['', `${name}:`, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
  });
  return [...table, ...findings];
};

const jsonOf = (sets: DeliverySets): string => {
  const plainly = ({ alert: { id, symbol, market, interval, direction, decisionTimeMs }, sink, why }: Finding) => ({
    id,
    symbol,
    market,
    interval,
    direction,
    decisionTimeMs,
    sink,
    why,
  });
  return JSON.stringify({ ...sets, ...Object.fromEntries(SETS.map(([name]) => [name, sets[name].map(plainly)])) });
};

const inTime = ({ since }: DeliveriesQuestion, { nowMs }: OpenDeliveries, alerts: readonly DecidedAlert[]) =>
  alerts.filter(({ decisionTimeMs }) => since === undefined || decisionTimeMs >= nowMs - since);

/**
 * Compares what was to be told (the emitted alerts of the store and of the record of decisions, with each sink they were to go to)
 * with what is recorded of it. 0 nothing is lost, 1 something is, 65 there is nothing to read, 74 the store cannot be read, 78
 * wrong settings.
 */
export const verifyDeliveries = async (question: DeliveriesQuestion): Promise<number> => {
  const { print } = printers(question);
  const open = await openDeliveries(question);
  if (typeof open === 'number') return open;
  const { settings, place, nowMs } = open;
  const folder = decisionsFolder(settings);
  const decided = inTime(question, open, await decidedIn(folder));
  const sets = setsOf({
    rows: wantedOf(open, { since: question.since, state: DELIVERY_STATES }),
    decided,
    hasSinks: settings.sinks.length > 0,
    maxAgeMs: settings.delivery.maxAgeMs,
    nowMs,
  });
  if (question.json === true) print(jsonOf(sets));
  else {
    const against = decided.length === 0 ? '' : `, compared with the decisions in ${folder ?? ''}`;
    const way = sets.onTheirWay === 0 ? '' : `, ${sets.onTheirWay} on their way`;
    print(`${sets.expected} deliveries expected in ${place}${against}: ${sets.ended} ended${way}`);
    ['', ...setLines(sets)].forEach(print);
  }
  return sets.lost.length > 0 ? EXIT_LOST : 0;
};
