import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { DICTIONARY } from '../../src/stores/journal/pack.js';

/*
 * Reads the files of a lowdb store as they lie on the disk: no lock, no change, and not by the store's own code. It is written
 * from the format (src/stores/journal: names, lines, snapshot), so that a store that misreads its own files is found out.
 */

/** One operation of the journal, as far as the tests look into it. */
export interface Operation {
  readonly seq: number;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** What the files say, or in `problems` why they cannot be read. */
export interface JournalFiles {
  /** Nothing was there yet. */
  readonly isEmpty: boolean;
  readonly snapshot: {
    readonly generation: number;
    readonly sequence: number;
    readonly state: Readonly<Record<string, unknown>>;
  };
  /** Every readable operation of both logs in order, also those that the snapshot holds already. */
  readonly operations: readonly Operation[];
  /** The newest log ends with a write that was not finished. */
  readonly isTorn: boolean;
  readonly problems: readonly string[];
}

const SNAPSHOT = /^\{"version":1,"generation":(\d+),"sequence":(\d+),"sha256":"([0-9a-f]{64})","state":(.*)\}\n$/s;
const LINE = /^\{"crc":"([0-9a-f]{8})",(.*)$/s;

type Snapshot = JournalFiles['snapshot'];

/** `null` where there is no such file: whoever writes may give it another name between two looks at it. */
const readIfThere = (path: string): Buffer | null => {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
};

const readSnapshot = (path: string): Snapshot | string | null => {
  const bytes = readIfThere(path);
  if (bytes === null) return null;
  const [, generation = '', sequence = '', sha256, state = ''] = SNAPSHOT.exec(bytes.toString('utf8')) ?? [];
  if (sha256 === undefined) return `${path} is no snapshot`;
  const found = createHash('sha256').update(`${generation} ${sequence} ${state}`).digest('hex');
  if (found !== sha256) return `${path} has a wrong checksum`;
  return { generation: Number(generation), sequence: Number(sequence), state: JSON.parse(state) as Snapshot['state'] };
};

interface Line {
  readonly seq: number;
  readonly group: number;
  readonly op: { readonly kind: string } & Readonly<Record<string, unknown>>;
}

const readLine = (text: string): Line | null => {
  const [, crc, rest = ''] = LINE.exec(text) ?? [];
  if (crc !== crc32(rest).toString(16).padStart(8, '0')) return null;
  const { packed, ...line } = JSON.parse(text) as Line & { readonly packed?: string };
  if (packed === undefined) return line;
  const unpacked = inflateRawSync(Buffer.from(packed, 'base64'), { dictionary: DICTIONARY }).toString('utf8');
  return { ...line, op: JSON.parse(unpacked) as Line['op'] };
};

interface Log {
  readonly generation: number;
  readonly operations: readonly Operation[];
  readonly isTorn: boolean;
  readonly problems: readonly string[];
}

/**
 * A log is a heading and operations numbered without a gap. Only its very end may be unreadable: a group of lines whose write
 * the kill cut short, none of which had been acknowledged; a readable line of a later group behind it would prove damage.
 */
const readLog = (path: string): Log | null => {
  const bytes = readIfThere(path);
  if (bytes === null) return null;
  const texts = bytes.toString('utf8').split('\n');
  const isUnfinished = texts.pop() !== '';
  const lines = texts.map(readLine);
  const [heading] = lines;
  if (heading?.op.kind !== 'log') return { generation: 0, operations: [], isTorn: false, problems: [`${path} has no heading`] };
  const operations: Operation[] = [];
  let last = heading.seq;
  let good = 1;
  for (; good < lines.length; good++) {
    const line = lines[good];
    if (line?.seq !== last + 1) break;
    last = line.seq;
    operations.push({ ...line.op, seq: line.seq });
  }
  const later = lines.slice(good).some((line) => line !== null && line !== undefined && line.group > last + 1);
  return {
    generation: Number(heading.op['generation']),
    operations,
    isTorn: isUnfinished || good < lines.length,
    problems: later ? [`${path} is damaged after operation ${last}`] : [],
  };
};

const NOTHING: Snapshot = { generation: 0, sequence: 0, state: {} };

const NAMES = ['state.json', 'state.previous.json', 'state.previous.log', 'state.log'];

/** Which files the names lead to now. */
const namesLeadTo = (folder: string): string =>
  NAMES.map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.ino ?? 'none').join();

/** Reads a store's folder. Whoever writes meanwhile may make it look torn, never damaged. */
export const readJournalFiles = (folder: string): JournalFiles => {
  // A generation that begins while the files are read one after another would be seen in halves.
  for (;;) {
    const before = namesLeadTo(folder);
    const found = readOnce(folder);
    if (namesLeadTo(folder) === before) return found;
  }
};

const readOnce = (folder: string): JournalFiles => {
  const snapshots = ['state.json', 'state.previous.json'].map((name) => readSnapshot(join(folder, name)));
  const logs = ['state.previous.log', 'state.log'].map((name) => readLog(join(folder, name))).filter((log) => log !== null);
  const good = snapshots.filter((one) => one !== null && typeof one === 'object');
  const problems = [...snapshots.filter((one) => typeof one === 'string'), ...logs.flatMap((log) => log.problems)];
  const isEmpty = logs.length === 0 && snapshots.every((one) => one === null);
  const snapshot = good.sort((a, b) => b.sequence - a.sequence || b.generation - a.generation)[0] ?? NOTHING;
  if (!isEmpty && snapshot === NOTHING) problems.push(`${folder} has no readable snapshot`);
  const bySeq = new Map(logs.flatMap(({ operations }) => operations).map((operation) => [operation.seq, operation]));
  const operations = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  const after = operations.filter(({ seq }) => seq > snapshot.sequence);
  const isWhole = after.every(({ seq }, i) => seq === snapshot.sequence + 1 + i);
  if (!isWhole) problems.push(`${folder}: operations are missing after ${snapshot.sequence}`);
  return { isEmpty, snapshot, operations, isTorn: logs.at(-1)?.isTorn ?? false, problems };
};
