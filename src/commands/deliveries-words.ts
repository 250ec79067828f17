import type { Alert } from '../model/alert.js';
import type { Delivery, DeliveryState } from '../model/delivery.js';
import { DELIVERY_STATES } from '../model/delivery.js';
import { cutTo, NAME_CODE_POINTS_MAX, plain } from '../sinks/words/plain.js';
import { clockText, timeText } from './decision-words.js';
import type { Row } from './deliveries-store.js';
import type { Alignment } from './table.js';
import { tableLines } from './table.js';

/*
 * How the deliveries commands call and write things.
 */

const HEADING = ['decided (UTC)', 'symbol', '', 'sink', 'state', 'after', 'sends', 'id', 'what became of it'];
const ALIGNMENT: Alignment = ['left', 'left', 'left', 'left', 'left', 'right', 'right', 'left', 'left'];

export const symbolText = ({ kind, symbol }: Pick<Alert, 'kind' | 'symbol'>): string =>
  kind === 'market' ? 'whole market' : cutTo(plain(symbol), NAME_CODE_POINTS_MAX);

type Barred = Pick<Alert, 'direction' | 'interval' | 'market' | 'grade'>;

export const barText = ({ direction, interval, market, grade }: Barred): string =>
  `${direction === 'up' ? '▲' : '▼'} ${interval} ${market}${grade === undefined || grade === 'closed' ? '' : ` ${grade}`}`;

/** `1.2 s`, `3 min`, `2.1 h`: how long it took from the decision. */
export const spanOf = (ms: number): string => {
  if (ms < 60_000) return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
};

const copiesText = ({ mayRepeat, unknowns }: Delivery): string => {
  if (!mayRepeat) return '';
  return unknowns === 0 ? 'may be a repeat' : `may have come ${unknowns === 1 ? 'twice' : `${unknowns + 1} times`}`;
};

const outcomeText = (delivery: Delivery): string => {
  const { state, reason, messageId, insteadOf } = delivery;
  const said = [
    state === 'delivered' && messageId !== null ? `message ${messageId}` : '',
    state === 'delivered' ? copiesText(delivery) : '',
    reason === null ? '' : plain(reason),
    insteadOf === undefined ? '' : `instead of ${insteadOf.sink}`,
  ];
  return said.filter((part) => part !== '').join('; ');
};

const rowCells = ({ alert, delivery }: Row): readonly string[] => [
  timeText(alert.decisionTimeMs),
  symbolText(alert),
  barText(alert),
  delivery.sink === '*' ? '' : delivery.sink,
  delivery.state,
  delivery.state === 'claimed' ? '' : spanOf(delivery.updatedAtMs - alert.decisionTimeMs),
  delivery.sink === '*' ? '' : String(delivery.attempts),
  alert.id,
  outcomeText(delivery),
];

/** Each send of a row that was sent more than once, or in vain. */
const tryRows = ({ alert, delivery }: Row): readonly (readonly string[])[] => {
  const { tries = [], attempts, state, updatedAtMs } = delivery;
  if (tries.length === 0) return [];
  const at = (timeMs: number): string => clockText(timeMs, alert.decisionTimeMs);
  const ending = state === 'delivered' ? 1 : 0;
  const unkept = attempts - tries.length - ending - (state === 'sending' ? 1 : 0);
  return [
    ...(unkept > 0 ? [['', `${unkept} earlier`, 'not kept']] : []),
    ...tries.map(({ atMs, outcome, detail }) => [at(atMs), outcome, plain(detail)]),
    ...(ending === 1 ? [[at(updatedAtMs), 'delivered', '']] : []),
  ];
};

/** The table of rows, each followed by its sends where there is something to tell of them. */
export const rowLines = (rows: readonly Row[]): readonly string[] => {
  const [heading = '', ...lines] = tableLines([HEADING, ...rows.map(rowCells)], ALIGNMENT, 0);
  return [
    heading,
    ...lines.flatMap((line, at) => {
      const row = rows[at];
      return row === undefined ? [line] : [line, ...tableLines(tryRows(row), ['left', 'left', 'left'], 20)];
    }),
  ];
};

export const countText = (count: number, noun: string, plural = `${noun}s`): string => `${count} ${count === 1 ? noun : plural}`;

/** `12 deliveries: 9 delivered, 2 expired, 1 dead`. */
export const sumLine = (rows: readonly Row[]): string => {
  const counts = DELIVERY_STATES.map((state): readonly [DeliveryState, number] => [
    state,
    rows.filter(({ delivery }) => delivery.state === state).length,
  ]).filter(([, count]) => count > 0);
  const parts = counts.map(([state, count]) => `${count} ${state}`).join(', ');
  return `${countText(rows.length, 'delivery', 'deliveries')}${parts === '' ? '' : `: ${parts}`}`;
};

/** A row as one object with stable names. */
export const rowJson = ({ alert, delivery }: Row): string => {
  const { id, rule, kind, market, symbol, interval, direction, decisionTimeMs, strength } = alert;
  const { alertId: _, ...row } = delivery;
  return JSON.stringify({
    id,
    rule,
    kind,
    market,
    symbol,
    interval,
    direction,
    decisionTimeMs,
    strength: strength?.value ?? null,
    ...row,
    tries: row.tries ?? [],
  });
};
