import type { Alert } from '../../model/alert.js';
import type { Announcement, Attempt } from '../../ports/sink.js';

/*
 * One JSON object a line. `schema` counts the changes of meaning: fields may be added without another number.
 *
 * {"schema":1,"kind":"file","sink":"file"}
 * {"schema":1,"kind":"alert","id":"abcdefghijklmnop","attempt":1,"mayRepeat":false,"alert":{…}}
 * {"schema":1,"kind":"announcement","title":"…","lines":["…"]}
 *
 * The first line says whose file it is. An alert stands there whole, as the monitor knows it; `insteadOf` stands beside it when
 * another sink did not take it.
 */
export const SCHEMA = 1;

/** Also of lines that a later build has written. */
const START = /^\{"schema":\d+,"kind":"/;

const escaped = (text: string): string =>
  Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');

/** One line; what a terminal or an editor would obey instead of showing is written as `\u…`. */
const lineOf = (record: object): string => `${JSON.stringify(record).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)}\n`;

/** What a file begins with. */
export const firstLine = (sink: string): string => lineOf({ schema: SCHEMA, kind: 'file', sink });

export interface Line {
  /** What it is known by, so that it is written once. */
  readonly key: string;
  readonly text: string;
}

export const alertLine = (alert: Alert, { number, mayRepeat, insteadOf }: Attempt): Line => ({
  key: alert.id,
  text: lineOf({ schema: SCHEMA, kind: 'alert', id: alert.id, attempt: number, mayRepeat, insteadOf, alert }),
});

export const announcementLine = ({ title, lines }: Announcement): string =>
  lineOf({ schema: SCHEMA, kind: 'announcement', title, lines });

type Fields = Readonly<Record<string, unknown>>;

/** The record in a line; `null` when it is none of ours. */
const recordIn = (line: string): Fields | null => {
  if (!START.test(line)) return null;
  try {
    return JSON.parse(line) as Fields;
  } catch {
    // Half a line, or one that was spoilt: it tells nothing.
    return null;
  }
};

const keyOf = ({ id }: Fields): string | null => (typeof id === 'string' ? id : null);

export interface Found {
  /** What its lines are known by, in order of writing. */
  readonly keys: readonly string[];
  /** Bytes up to the end of the last whole line. */
  readonly wholeBytes: number;
  /** False when it is a file of something else, which is left alone. */
  readonly isOurs: boolean;
}

/**
 * Reads what an earlier life has left. A last line without its end, and what can be read no more at the end, is the mark of a life
 * or a machine that was cut off.
 */
export const readRecords = (bytes: Buffer): Found => {
  const lines = bytes.toString('latin1').split('\n').slice(0, -1);
  const records = lines.map((line) => recordIn(Buffer.from(line, 'latin1').toString('utf8')));
  const count = records.findLastIndex((record) => record !== null) + 1;
  const wholeBytes = lines.slice(0, count).reduce((sum, line) => sum + line.length + 1, 0);
  const keys = records.map((record) => (record === null ? null : keyOf(record)));
  // Where there is no line yet, an empty file is as good as none.
  const isOurs = records.length > 0 && records[0] !== null;
  return { keys: keys.filter((key) => key !== null), wholeBytes, isOurs: isOurs || bytes.every((byte) => byte === 0) };
};
