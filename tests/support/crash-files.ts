import { dirname } from 'node:path';
import type { Observable } from 'rxjs';
import { defer, from, ignoreElements } from 'rxjs';
import type { AppendFile, Files } from '../../src/ports/files.js';

/** What may become of a change that had not been synced when the power went. */
export type Fate = 'kept' | 'dropped' | 'garbled';

type Change =
  | { readonly kind: 'write'; readonly at: number; readonly data: Buffer; lost: boolean }
  | { readonly kind: 'truncate'; readonly bytes: number; lost: boolean };

interface Inode {
  readonly id: number;
  durable: Buffer;
  /** As the running system sees it. */
  content: Buffer;
  pending: Change[];
}

/** One atomic change of names. */
interface NameChange {
  readonly folder: string;
  readonly set?: readonly [string, Inode];
  readonly unset?: string;
}

export interface CrashPlan {
  /** The machine stops at this step of those that change something or make it durable (1 is the first): nothing after it happens, and no answer ever comes. */
  readonly crashAt?: number;
  /** Code of the error with which a step fails, or `null`. Called once for each step, in order. */
  readonly fail?: (step: number, what: string) => string | null;
  /** Uniform in [0, 1): decides how much of an interrupted write was done, and every change's fate. */
  readonly random?: () => number;
  /** Told, at a power cut, of each change that had not been synced. */
  readonly onFate?: (fate: Fate) => void;
}

export interface CrashFiles {
  readonly files: Files;
  /** Resolves when the planned crash has happened. */
  readonly whenCrashed: Promise<'crash'>;
  /** Steps taken so far. */
  steps(): number;
  /** True when the planned crash has happened. */
  hasCrashed(): boolean;
  /** The same disk after a power cut, in the hands of the next process. */
  afterPowerCut(plan?: CrashPlan): CrashFiles;
  /** The same machine after the process alone was killed: the next one sees all it did, durable or not. */
  afterKill(plan?: CrashPlan): CrashFiles;
  /** Changes of content and of names that a power cut would put at risk now. */
  unsynced(): number;
  /** For looking at files and spoiling them by hand; `null` removes one. */
  peek(path: string): Buffer | undefined;
  poke(path: string, content: Buffer | null): void;
  names(): readonly string[];
}

const writeAt = (content: Buffer, at: number, data: Buffer): Buffer => {
  const grown = Buffer.alloc(Math.max(content.length, at + data.length));
  content.copy(grown);
  data.copy(grown, at);
  return grown;
};

/** What a disk writes at once. Small, so that a record of a test spans several. */
const SECTOR_BYTES = 64;

/** A write of which only some sectors arrived, in whatever order the disk chose: the others hold what was there, nothing. */
const tear = (data: Buffer, random: () => number): Buffer => {
  const torn = Buffer.alloc(data.length);
  for (let at = 0; at < data.length; at += SECTOR_BYTES) if (random() < 0.5) data.copy(torn, at, at, at + SECTOR_BYTES);
  return torn;
};

const garble = (data: Buffer, random: () => number): Buffer => {
  const way = random();
  if (way < 0.2) return Buffer.alloc(data.length);
  if (way < 0.4) return data.subarray(0, Math.floor(random() * data.length));
  if (way < 0.7) return tear(data, random);
  const spoilt = Buffer.from(data);
  const start = Math.floor(random() * data.length);
  for (let i = start; i < Math.min(data.length, start + 64); i++) spoilt[i] = Math.floor(random() * 256);
  return spoilt;
};

const settle = (content: Buffer, change: Change, fate: Fate, random: () => number): Buffer => {
  if (fate === 'dropped') return content;
  if (change.kind === 'truncate') return content.length > change.bytes ? content.subarray(0, change.bytes) : content;
  return writeAt(content, change.at, fate === 'garbled' ? garble(change.data, random) : change.data);
};

const failure = (code: string, what: string): Error => Object.assign(new Error(`${code}: injected, ${what}`), { code });

/** Steps that leave the disk as it is: a crash there is one at the step before. */
const LOOKING: ReadonlySet<string> = new Set(['read', 'list', 'stat', 'open', 'close']);

/** What one process leaves to the next. */
interface Disk {
  readonly durableNames: ReadonlyMap<string, Inode>;
  /** Made by a process that was killed, and not yet synced. */
  readonly nameChanges: readonly NameChange[];
  readonly folders: ReadonlySet<string>;
  readonly nextId: number;
  readonly pid: number;
}

const emptyDisk: Disk = { durableNames: new Map(), nameChanges: [], folders: new Set(['.']), nextId: 1, pid: 100 };

const createOn = (
  disk: Disk,
  { crashAt, fail = () => null, random = Math.random, onFate = () => undefined }: CrashPlan,
): CrashFiles => {
  const names = new Map(disk.durableNames);
  const durableNames = new Map(disk.durableNames);
  const folders = new Set(disk.folders);
  let nameChanges = [...disk.nameChanges];
  let { nextId } = disk;
  let steps = 0;
  let changes = 0;
  let crashed = false;
  let tellCrash: () => void = () => undefined;
  const whenCrashed = new Promise<'crash'>((resolve) => {
    tellCrash = () => {
      resolve('crash');
    };
  });

  const rename = (change: NameChange, on: Map<string, Inode>): void => {
    if (change.unset !== undefined) on.delete(change.unset);
    if (change.set !== undefined) on.set(...change.set);
  };
  for (const one of nameChanges) rename(one, names);
  const changeNames = (change: NameChange): void => {
    nameChanges.push(change);
    rename(change, names);
  };

  /** One thing the kernel does. `half` is what an interrupted or failed one leaves. */
  const step = async <T>(what: string, work: () => T, half: () => void = () => undefined): Promise<T> => {
    await Promise.resolve();
    if (crashed) return new Promise<T>(() => undefined);
    steps++;
    if (!LOOKING.has(what)) changes++;
    if (changes === crashAt) {
      if (random() < 0.5) half();
      crashed = true;
      tellCrash();
      return new Promise<T>(() => undefined);
    }
    const code = fail(steps, what);
    if (code !== null) {
      half();
      throw failure(code, what);
    }
    return work();
  };

  const inodeAt = (path: string): Inode => {
    const inode = names.get(path);
    if (inode === undefined) throw failure('ENOENT', path);
    return inode;
  };
  const change = (inode: Inode, one: Change): void => {
    inode.pending.push(one);
    inode.content = settle(inode.content, one, 'kept', random);
  };
  const write = (inode: Inode, data: Buffer): Promise<void> => {
    const put = (part: Buffer) => () => {
      change(inode, { kind: 'write', at: inode.content.length, data: part, lost: false });
    };
    return step('write', put(data), put(data.subarray(0, Math.floor(random() * data.length))));
  };
  const sync = (inode: Inode): Promise<void> =>
    step(
      'fsync',
      () => {
        for (const one of inode.pending) inode.durable = settle(inode.durable, one, one.lost ? 'garbled' : 'kept', random);
        inode.pending = [];
      },
      // After a failed fsync the kernel may count the pages as written: a later fsync that succeeds does not bring them back.
      () => {
        for (const one of inode.pending) one.lost = random() < 0.5;
      },
    );

  const once = <T>(work: () => Promise<T>): Observable<T> => defer(() => from(work()));
  const never = (work: () => Promise<unknown>): Observable<never> => once(work).pipe(ignoreElements());

  const appendFile = (inode: Inode): AppendFile => ({
    identity: `i${inode.id}`,
    append: (data) =>
      never(async () => {
        await write(inode, Buffer.from(data));
        await sync(inode);
      }),
    write: (data) => never(() => write(inode, Buffer.from(data))),
    truncate: (bytes) =>
      never(async () => {
        await step('truncate', () => {
          change(inode, { kind: 'truncate', bytes, lost: false });
        });
        await sync(inode);
      }),
    close: () => never(() => step('close', () => undefined)),
  });

  const files: Files = {
    read: (path) => once(() => step('read', () => names.get(path)?.content ?? null)),
    list: (path) =>
      once(() =>
        step('list', () => [...names.keys()].filter((name) => dirname(name) === path).map((name) => name.slice(path.length + 1))),
      ),
    makeFolder: (path) => never(() => step('mkdir', () => folders.add(path))),
    create: (path, data) =>
      never(async () => {
        const inode = await step('create', () => {
          if (names.has(path)) throw failure('EEXIST', path);
          const made: Inode = { id: nextId++, durable: Buffer.alloc(0), content: Buffer.alloc(0), pending: [] };
          changeNames({ folder: dirname(path), set: [path, made] });
          return made;
        });
        await write(inode, Buffer.from(data));
        await sync(inode);
      }),
    append: (path) => once(() => step('open', () => appendFile(inodeAt(path)))),
    rename: (path, to) =>
      never(() =>
        step('rename', () => {
          changeNames({ folder: dirname(to), set: [to, inodeAt(path)], unset: path });
        }),
      ),
    remove: (path) =>
      never(() =>
        step('unlink', () => {
          changeNames({ folder: dirname(path), unset: path });
        }),
      ),
    syncFolder: (path) =>
      never(() =>
        step('fsync folder', () => {
          for (const one of nameChanges) if (one.folder === path) rename(one, durableNames);
          nameChanges = nameChanges.filter(({ folder }) => folder !== path);
        }),
      ),
    stat: (path) =>
      once(() =>
        step('stat', () => {
          const inode = names.get(path);
          return inode === undefined ? null : { bytes: inode.content.length, identity: `i${inode.id}` };
        }),
      ),
    processes: {
      self: { pid: disk.pid, host: 'box', bootId: 'boot', startedAt: null },
      isRunning: ({ pid }) => pid === disk.pid,
    },
  };

  /** A write that was never synced is kept, dropped or garbled, each on its own; so is each change of names, kept or dropped. */
  const survive = (inode: Inode): Inode => {
    let content = inode.durable;
    for (const one of inode.pending) {
      const chance = random();
      const fate = chance < 0.3 ? 'kept' : chance < 0.6 ? 'dropped' : 'garbled';
      onFate(fate);
      content = settle(content, one, fate, random);
    }
    return { id: inode.id, durable: content, content, pending: [] };
  };

  return {
    files,
    whenCrashed,
    steps: () => steps,
    hasCrashed: () => crashed,
    afterPowerCut: (plan = {}) => {
      for (const one of nameChanges) {
        const isKept = random() < 0.5;
        onFate(isKept ? 'kept' : 'dropped');
        if (isKept) rename(one, durableNames);
      }
      const survivors = new Map([...durableNames].map(([name, inode]) => [name, survive(inode)]));
      return createOn({ durableNames: survivors, nameChanges: [], folders, nextId, pid: disk.pid + 1 }, plan);
    },
    afterKill: (plan = {}) => createOn({ durableNames, nameChanges, folders, nextId, pid: disk.pid + 1 }, plan),
    unsynced: () => nameChanges.length + [...names.values()].reduce((count, { pending }) => count + pending.length, 0),
    peek: (path) => names.get(path)?.content,
    poke: (path, content) => {
      const unset = { folder: dirname(path), unset: path };
      const made = content === null ? null : { id: nextId++, durable: content, content, pending: [] };
      const change = made === null ? unset : { ...unset, set: [path, made] as const };
      for (const table of [names, durableNames]) rename(change, table);
      nameChanges = nameChanges.filter(({ set, unset: gone }) => set?.[0] !== path && gone !== path);
    },
    names: () => [...names.keys()],
  };
};

/** Files in memory that fail, and lose what was not synced, on command: the write list of SQLite's and LevelDB's crash tests. */
export const createCrashFiles = (plan: CrashPlan = {}): CrashFiles => createOn(emptyDisk, plan);
