import type { Alert } from '../../model/alert.js';
import type { Close } from '../../model/close.js';
import { REASONS } from '../../model/reading.js';
import type { Condition, Judged } from '../../model/verdict.js';
import { createWriter } from './bytes.js';
import type { DecidedAlert, DecidedSection } from './decision.js';
import type { Header, Shape } from './format.js';
import { CONDITION, FOLLOWS, FRAME, PROVENANCES } from './format.js';
import type { KnownShape } from './shapes.js';
import { createShapes } from './shapes.js';

/** What is said of a close besides its records, as JSON: hardly any close has any of it. */
export interface Remarks {
  readonly lagging?: Close['lagging'];
  readonly alerts?: readonly DecidedAlert[];
  readonly section?: DecidedSection;
}

const sectionOf = ({ section }: Close): DecidedSection | undefined => {
  if (section === undefined || section === null) return undefined;
  const { count, index, bitcoin, breadthUp, breadthDown, standings } = section;
  return { count, index, bitcoin, breadthUp, breadthDown, standings: Object.fromEntries(standings) };
};

const decidedAlert = (alert: Alert): DecidedAlert => {
  const { bar: _, conditions, ...rest } = alert;
  return alert.kind === 'market' ? { ...rest, conditions } : rest;
};

const remarksOf = (close: Close): Remarks | null => {
  const hasLagging = Object.keys(close.lagging).length > 0;
  const section = sectionOf(close);
  if (!hasLagging && close.alerts.length === 0 && section === undefined) return null;
  return {
    ...(hasLagging ? { lagging: close.lagging } : {}),
    ...(close.alerts.length === 0 ? {} : { alerts: close.alerts.map(decidedAlert) }),
    ...(section === undefined ? {} : { section }),
  };
};

/** How a condition's value and margin are written; see `CONDITION`. */
const flagsOf = ({ value, threshold, margin, passed, reason }: Condition, ofMeasure: unknown): number => {
  const valueFrom = value === null ? CONDITION.none : value === ofMeasure ? CONDITION.ofMeasure : CONDITION.own;
  const marginFrom =
    margin === null || value === null
      ? margin === null
        ? CONDITION.noMargin
        : CONDITION.ownMargin
      : margin === value - threshold
        ? CONDITION.above
        : margin === threshold - value
          ? CONDITION.below
          : CONDITION.ownMargin;
  return (
    (passed ? CONDITION.passed : 0) |
    (valueFrom << CONDITION.valueAt) |
    (marginFrom << CONDITION.marginAt) |
    (reason === undefined ? 0 : CONDITION.hasReason)
  );
};

/** Puts closes into the bytes of one file. Made anew for every file, because names and shapes are the file's own. */
export interface Encoder {
  /** What is to be appended to the file for this close; the first time that begins with the header. */
  encode(close: Close): Uint8Array;
}

export const createEncoder = (header: Header): Encoder => {
  const writer = createWriter();
  const strings = new Map<string, number>();
  const shapes = createShapes();
  const { byte, word, double } = writer;
  let newStrings: string[] = [];
  let newShapes: Shape[] = [];
  let known: KnownShape[] = [];
  let isFirst = true;

  const idOf = (text: string): number => {
    const held = strings.get(text);
    if (held !== undefined) return held;
    const id = strings.size;
    strings.set(text, id);
    newStrings.push(text);
    return id;
  };

  /** Names and shapes have to stand before the records that use them. */
  const introduce = (close: Close): void => {
    newStrings = [];
    newShapes = [];
    known = [];
    const firstString = strings.size;
    idOf(close.market);
    idOf(close.interval);
    for (const judged of close.judged) {
      idOf(judged.bar.symbol);
      const { known: shape, isNew } = shapes.of(judged);
      if (isNew) newShapes.push(shape.shape);
      known.push(shape);
    }
    if (isFirst) {
      writer.open(FRAME.header);
      writer.text(JSON.stringify(header));
      writer.close();
      isFirst = false;
    }
    if (newStrings.length > 0) {
      writer.open(FRAME.strings);
      word(firstString);
      for (const text of newStrings) writer.text(text);
      writer.close();
    }
    if (newShapes.length > 0) {
      writer.open(FRAME.shapes);
      writer.text(JSON.stringify(newShapes));
      writer.close();
    }
  };

  const putConditions = (
    conditions: readonly Condition[],
    wanted: Shape['verdicts'][number],
    at: readonly number[],
    judged: Judged,
  ) => {
    for (let c = 0; c < conditions.length; c++) {
      const condition = conditions[c] as Condition;
      const flags = flagsOf(condition, (at[c] as number) < 0 ? undefined : judged.values[condition.measure]);
      byte(flags);
      if (condition.reason !== undefined) byte(REASONS.indexOf(condition.reason));
      if (wanted.conditions[c]?.threshold === null) double(condition.threshold);
      if (((flags >> CONDITION.valueAt) & 3) === CONDITION.own) double(condition.value as number);
      if (((flags >> CONDITION.marginAt) & 3) === CONDITION.ownMargin) double(condition.margin as number);
    }
  };

  const putRecord = (judged: Judged, { shape, measureAt }: KnownShape): void => {
    const { bar, values, verdicts } = judged;
    const lengthAt = writer.room();
    const from = writer.length();
    word(idOf(bar.symbol));
    word(shape.id);
    byte(PROVENANCES.indexOf(bar.provenance));
    byte(FOLLOWS.indexOf(bar.follows));
    double(bar.open);
    double(bar.high);
    double(bar.low);
    double(bar.close);
    double(bar.volume ?? NaN);
    double(bar.quoteVolume ?? NaN);
    for (const name of shape.names) {
      const value = values[name];
      if (typeof value === 'number') {
        byte(0);
        double(value);
      } else byte(REASONS.indexOf(value ?? 'no-data') + 1);
    }
    for (let v = 0; v < verdicts.length; v++) {
      const verdict = verdicts[v] as Judged['verdicts'][number];
      byte((verdict.fired ? 1 : 0) | (verdict.shortHistory ? 2 : 0));
      putConditions(
        verdict.conditions,
        shape.verdicts[v] as Shape['verdicts'][number],
        measureAt[v] as readonly number[],
        judged,
      );
    }
    writer.fill(lengthAt, writer.length() - from);
  };

  return {
    encode: (close) => {
      introduce(close);
      writer.open(FRAME.close);
      byte((close.late ? 1 : 0) | (close.revision === true ? 2 : 0));
      word(idOf(close.market));
      word(idOf(close.interval));
      double(close.openTimeMs);
      word(close.expected);
      word(close.received);
      const remarks = remarksOf(close);
      writer.text(remarks === null ? '' : JSON.stringify(remarks));
      word(close.judged.length);
      close.judged.forEach((judged, i) => putRecord(judged, known[i] as KnownShape));
      writer.close();
      return writer.take();
    },
  };
};
