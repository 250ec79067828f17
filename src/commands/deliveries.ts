import type { DeliveriesQuestion, OpenDeliveries, Row } from './deliveries-store.js';
import { openDeliveries, printers, wantedOf } from './deliveries-store.js';
import { rowJson, rowLines, spanOf, sumLine } from './deliveries-words.js';

const sinceText = ({ since }: DeliveriesQuestion): string =>
  since === undefined ? 'everything that is kept' : `decided within the last ${spanOf(since)}`;

const show = (open: OpenDeliveries, rows: readonly Row[], question: DeliveriesQuestion, more: readonly string[]): void => {
  const { print } = printers(question);
  if (question.json === true) {
    rows.map(rowJson).forEach(print);
    return;
  }
  const head = `${sumLine(rows)} (${open.place}, ${sinceText(question)})`;
  [head, ...(rows.length === 0 ? [] : ['', ...rowLines(rows)]), ...more].forEach(print);
};

/**
 * Prints what became of each alert with each sink, with every send as far as it is kept; also while the monitor runs. 0 printed,
 * 65 there is nothing to read, 74 the store cannot be read, 78 wrong settings.
 */
export const deliveries = async (question: DeliveriesQuestion): Promise<number> => {
  const open = await openDeliveries(question);
  if (typeof open === 'number') return open;
  const rows = wantedOf(open, question);
  const withheld = question.state === undefined ? wantedOf(open, { ...question, state: ['suppressed'] }).length : 0;
  const more = withheld === 0 ? [] : ['', `besides ${withheld} withheld by filters: --state suppressed shows them`];
  show(open, rows, question, more);
  return 0;
};

/** Those that no sink has taken and none will take, which a person may have sent once more. */
export const deadDeliveries = async (question: DeliveriesQuestion): Promise<number> => {
  const open = await openDeliveries(question);
  if (typeof open === 'number') return open;
  const rows = wantedOf(open, { ...question, state: ['dead', 'expired'] });
  const more =
    rows.length === 0 ? [] : ['', 'to have some sent once more: stop the monitor, run "deliveries resend ID…", start it again'];
  show(open, rows, question, more);
  return 0;
};
