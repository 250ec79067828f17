import { INTERVAL_MS, isInterval } from '../../model/interval.js';
import type { Measured, Reason } from '../../model/reading.js';
import { REASONS } from '../../model/reading.js';
import type { Market } from '../../model/series.js';
import { MARKETS } from '../../model/series.js';
import type { Condition } from '../../model/verdict.js';
import type { Bytes } from './bytes.js';
import { readBytes } from './bytes.js';
import type { DecidedClose, Decision } from './decision.js';
import type { Remarks } from './encode.js';
import type { Header, Shape } from './format.js';
import { CONDITION, FOLLOWS, FORMAT, FRAME, framesOf, PROVENANCES } from './format.js';

/** What one file of the ring says. */
export interface DecidedFile {
  readonly header: Header | null;
  /** In the order in which they were decided. */
  readonly closes: readonly DecidedClose[];
  /** Every symbol the file speaks of, asked for or not. */
  readonly symbols: ReadonlySet<string>;
  /** `newer`: written by a later version, and not read. */
  readonly ending: 'clean' | 'torn' | 'damaged' | 'newer';
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

const reasonOf = (number: number): Reason => REASONS[number] ?? 'no-data';

const marginOf = (from: number, value: number | null, threshold: number, bytes: Bytes): number | null => {
  if (from === CONDITION.ownMargin) return bytes.double();
  if (from === CONDITION.noMargin || value === null) return null;
  return from === CONDITION.above ? value - threshold : threshold - value;
};

const readCondition = (
  { measure, threshold: fixed, path }: Shape['verdicts'][number]['conditions'][number],
  values: Readonly<Record<string, Measured>>,
  bytes: Bytes,
): Condition => {
  const flags = bytes.byte();
  const reason = (flags & CONDITION.hasReason) === 0 ? null : reasonOf(bytes.byte());
  const threshold = fixed ?? bytes.double();
  const valueFrom = (flags >> CONDITION.valueAt) & 3;
  const held = values[measure];
  const ofMeasure = typeof held === 'number' ? held : null;
  const value = valueFrom === CONDITION.own ? bytes.double() : valueFrom === CONDITION.ofMeasure ? ofMeasure : null;
  const margin = marginOf((flags >> CONDITION.marginAt) & 3, value, threshold, bytes);
  const told = { measure, value, threshold, margin, passed: (flags & CONDITION.passed) !== 0 };
  return { ...told, ...(reason === null ? {} : { reason }), ...(path === undefined ? {} : { path }) };
};

const readRecord = (bytes: Bytes, symbol: string, shape: Shape): Decision => {
  const provenance = PROVENANCES[bytes.byte()] ?? 'stream';
  const follows = FOLLOWS[bytes.byte()] ?? 'start';
  const [open, high, low, close] = [bytes.double(), bytes.double(), bytes.double(), bytes.double()];
  const bar = {
    symbol,
    open,
    high,
    low,
    close,
    volume: orNull(bytes.double()),
    quoteVolume: orNull(bytes.double()),
    provenance,
    follows,
  };
  const values: Record<string, Measured> = {};
  for (const name of shape.names) {
    const reason = bytes.byte();
    values[name] = reason === 0 ? bytes.double() : reasonOf(reason - 1);
  }
  const verdicts = shape.verdicts.map(({ rule, ruleVersion, direction, conditions }) => {
    const flags = bytes.byte();
    return {
      rule,
      ruleVersion,
      direction,
      fired: (flags & 1) !== 0,
      conditions: conditions.map((condition) => readCondition(condition, values, bytes)),
      shortHistory: (flags & 2) !== 0,
    };
  });
  return { bar, values, verdicts };
};

interface Tables {
  readonly strings: string[];
  readonly shapes: Map<number, Shape>;
}

const isMarket = (text: string): text is Market => (MARKETS as readonly string[]).includes(text);

/** A record of a kind or a name that the file does not introduce was never written: the file is damaged in a way its checksums do not tell. */
const known = <T>(held: T | undefined): T => {
  if (held === undefined) throw new RangeError('a name that was not introduced');
  return held;
};

const readClose = (bytes: Bytes, { strings, shapes }: Tables, wanted: (symbol: string) => boolean): DecidedClose => {
  const flags = bytes.byte();
  const market = known(strings[bytes.word()]);
  const interval = known(strings[bytes.word()]);
  if (!isMarket(market) || !isInterval(interval)) throw new RangeError(`${market} at ${interval} is no series`);
  const openTimeMs = bytes.double();
  const [expected, received] = [bytes.word(), bytes.word()];
  const text = bytes.text();
  const remarks = (text === '' ? {} : JSON.parse(text)) as Remarks;
  const decisions: Decision[] = [];
  for (let left = bytes.word(); left > 0; left--) {
    const length = bytes.word();
    const end = bytes.at() + length;
    const symbol = known(strings[bytes.word()]);
    if (wanted(symbol)) decisions.push(readRecord(bytes, symbol, known(shapes.get(bytes.word()))));
    bytes.skipTo(end);
  }
  return {
    market,
    interval,
    openTimeMs,
    decisionTimeMs: openTimeMs + INTERVAL_MS[interval],
    expected,
    received,
    late: (flags & 1) !== 0,
    revision: (flags & 2) !== 0,
    lagging: remarks.lagging ?? {},
    decisions,
    alerts: remarks.alerts ?? [],
    section: remarks.section ?? null,
  };
};

/**
 * Reads one file as far as it is whole. Records of symbols that are not wanted are passed over by their length, so looking for
 * one symbol costs little more than the checksums.
 */
export const decodeFile = (file: Uint8Array, wanted: (symbol: string) => boolean): DecidedFile => {
  const { frames, ending } = framesOf(file);
  const tables: Tables = { strings: [], shapes: new Map() };
  const symbols = new Set<string>();
  const closes: DecidedClose[] = [];
  let header: Header | null = null;
  const end = (how: DecidedFile['ending']): DecidedFile => ({ header, closes, symbols, ending: how });
  try {
    for (const { kind, body } of frames) {
      const bytes = readBytes(body);
      if (kind === FRAME.header) {
        header = JSON.parse(bytes.text()) as Header;
        if (header.format > FORMAT) return end('newer');
      } else if (kind === FRAME.strings) {
        const first = bytes.word();
        while (bytes.at() < body.length) tables.strings.push(bytes.text());
        tables.strings
          .slice(first)
          .filter((text) => !isMarket(text) && !isInterval(text))
          .forEach((text) => symbols.add(text));
      } else if (kind === FRAME.shapes) {
        for (const shape of JSON.parse(bytes.text()) as readonly Shape[]) tables.shapes.set(shape.id, shape);
      } else if (kind === FRAME.close) {
        const close = readClose(bytes, tables, wanted);
        Object.keys(close.lagging).forEach((symbol) => symbols.add(symbol));
        closes.push(close);
      }
    }
  } catch {
    // Whole by its checksum and yet unreadable: as damaged as a frame whose checksum is wrong.
    return end('damaged');
  }
  return end(ending);
};
