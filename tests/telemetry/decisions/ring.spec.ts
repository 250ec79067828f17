import type { Observable } from 'rxjs';
import { concat, defer, EMPTY, from, lastValueFrom, NEVER, of, queueScheduler, Subject, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Close } from '../../../src/model/close.js';
import type { RingFiles } from '../../../src/ports/ring-files.js';
import { parseRingName } from '../../../src/telemetry/decisions/format.js';
import { readDecisions } from '../../../src/telemetry/decisions/read.js';
import { recordDecisions } from '../../../src/telemetry/decisions/ring.js';
import type { RingOptions } from '../../../src/telemetry/decisions/ring.js';
import { faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { atLeast, closeOf, judgedAt, saying } from './closes.js';

/** A folder in memory. `appends` are what the n-th append does instead, if anything is given for it. */
const folderOf = (appends: readonly Observable<never>[] = []) => {
  const held = new Map<string, Buffer>();
  const script = [...appends];
  const files: RingFiles = {
    list: () => defer(() => of([...held].map(([path, bytes]) => ({ name: path.replace('ring/', ''), bytes: bytes.length })))),
    append: (path, data) =>
      concat(
        defer(() => script.shift() ?? EMPTY),
        defer(() => (held.set(path, Buffer.concat([held.get(path) ?? Buffer.alloc(0), data])), EMPTY)),
      ),
    read: (path) => defer(() => of(held.get(path) ?? null)),
    remove: (path) => defer(() => (held.delete(path), EMPTY)),
  };
  return { files, held, bytes: () => [...held.values()].reduce((sum, { length }) => sum + length, 0) };
};

const SYMBOLS = Array.from({ length: 20 }, (_, i) => `S${i}USDT`);

const closeAt = (index: number): Close =>
  closeOf(
    index,
    SYMBOLS.map((symbol) => judgedAt(index, symbol, { m_1: index }, [saying([atLeast('m_1', index, 1e9)])])),
  );

const closesFrom = (first: number, count: number): readonly Close[] =>
  Array.from({ length: count }, (_, i) => closeAt(first + i));

const settings = (files: RingFiles, given: Partial<RingOptions> = {}): RingOptions => ({
  files,
  folder: 'ring',
  maxBytes: 1_000_000,
  keepMs: 48 * 3_600_000,
  units: {},
  scheduler: queueScheduler,
  report: () => undefined,
  ...given,
});

const record = (closes: readonly Close[], options: RingOptions): void => {
  from(closes).pipe(recordDecisions(options)).subscribe();
};

/** Numbers of the closes that the ring holds, oldest first. */
const heldIn = async (files: RingFiles): Promise<readonly number[]> =>
  (await lastValueFrom(readDecisions(files, 'ring').pipe(toArray()), { defaultValue: [] })).flatMap(({ closes }) =>
    closes.map(({ decisions }) => decisions[0]?.values['m_1'] as number),
  );

const range = (first: number, count: number): readonly number[] => Array.from({ length: count }, (_, i) => first + i);

describe('the ring of decisions', () => {
  it('holds every close, and goes on in a new file after a restart', async () => {
    const { files, held } = folderOf();
    record(closesFrom(0, 3), settings(files));
    record(closesFrom(3, 2), settings(files));
    expect(await heldIn(files)).toStrictEqual([0, 1, 2, 3, 4]);
    expect([...held.keys()].map((path) => parseRingName(path.replace('ring/', ''))?.sequence)).toStrictEqual([1, 2]);
  });

  it('never takes more than it may: the oldest decisions go first', async () => {
    const { files, bytes } = folderOf();
    const maxBytes = 60_000;
    let most = 0;
    const watched: RingFiles = {
      ...files,
      append: (path, data) =>
        concat(
          files.append(path, data),
          defer(() => ((most = Math.max(most, bytes())), EMPTY)),
        ),
    };
    for (let life = 0; life < 4; life++) record(closesFrom(life * 50, 50), settings(watched, { maxBytes }));
    expect(most).toBeLessThanOrEqual(maxBytes);
    expect(most).toBeGreaterThan(maxBytes * 0.7);
    const kept = await heldIn(files);
    expect(kept).toStrictEqual(range(200 - kept.length, kept.length));
  });

  it('lets decisions go that are old, a file at a time', async () => {
    const { files, held } = folderOf();
    // 15 minutes a close, four hours to keep, half an hour a file.
    record(closesFrom(0, 100), settings(files, { keepMs: 4 * 3_600_000 }));
    const kept = await heldIn(files);
    expect(kept.at(-1)).toBe(99);
    expect(kept.length).toBeGreaterThanOrEqual(16);
    expect(kept.length).toBeLessThanOrEqual(16 + 4);
    expect(held.size).toBeLessThanOrEqual(10);
  });

  it('reports what it cannot write, writes on into a new file, and never stops the monitor', async () => {
    const full = throwError(() => new Error('ENOSPC: no space left on device'));
    const { files } = folderOf([EMPTY, full, EMPTY]);
    const { faults, report } = faultLog();
    let completed = false;
    from(closesFrom(0, 4))
      .pipe(recordDecisions(settings(files, { report })))
      .subscribe({ complete: () => (completed = true) });
    expect(completed).toBe(true);
    // The names of a file stand at its beginning, so a file that lost bytes is not written on.
    expect(await heldIn(files)).toStrictEqual([0, 2, 3]);
    expect(faults).toStrictEqual([
      { kind: 'decisions-lost', detail: 'decisions could not be recorded in ring: ENOSPC: no space left on device' },
    ]);
  });

  it('leaves closes out when the disk takes nothing, instead of keeping them all in memory', () => {
    const { files } = folderOf([NEVER]);
    const { kinds, report } = faultLog();
    const values = Object.fromEntries(range(0, 100).map((i) => [`measure${i}`, i]));
    const big = range(0, 2_000).map((i) => judgedAt(0, `S${i}`, values, []));
    record(
      range(0, 12).map((index) => closeOf(index, big)),
      settings(files, { report, maxBytes: 1e9 }),
    );
    expect(kinds().length).toBeGreaterThan(3);
    expect(new Set(kinds())).toStrictEqual(new Set(['decisions-lost']));
  });

  it('does not write a close that would push out all others', async () => {
    const { files } = folderOf();
    const { kinds, report } = faultLog();
    record(
      [
        closeAt(0),
        closeOf(
          1,
          range(0, 2_000).map((i) => judgedAt(1, `S${i}`, {}, [])),
        ),
        closeAt(2),
      ],
      settings(files, { report, maxBytes: 100_000 }),
    );
    expect(kinds()).toStrictEqual(['decisions-lost']);
    expect(await heldIn(files)).toStrictEqual([0, 2]);
  });

  it('leaves other files of its folder alone', async () => {
    const { files, held } = folderOf();
    held.set('ring/notes.txt', Buffer.alloc(900_000));
    record(closesFrom(0, 100), settings(files, { maxBytes: 60_000 }));
    expect(held.has('ring/notes.txt')).toBe(true);
    expect((await heldIn(files)).at(-1)).toBe(99);
  });

  it('is read while it is written: a close that is half there is not there yet', async () => {
    const { files, held } = folderOf();
    record(closesFrom(0, 3), settings(files));
    const [path = '', bytes = Buffer.alloc(0)] = [...held][0] ?? [];
    held.set(path, bytes.subarray(0, bytes.length - 5));
    const [file] = await lastValueFrom(readDecisions(files, 'ring').pipe(toArray()), { defaultValue: [] });
    expect({ closes: file?.closes.length, ending: file?.ending }).toStrictEqual({ closes: 2, ending: 'torn' });
  });

  it(
    'encodes in a task of its own, after whoever else is told of the close',
    marbles((m) => {
      const { files, held } = folderOf();
      const close$ = new Subject<Close>();
      close$.pipe(recordDecisions(settings(files, { scheduler: m.scheduler }))).subscribe();
      close$.next(closeAt(0));
      expect(held.size).toBe(0);
      m.flush();
      expect(held.size).toBe(1);
    }),
  );
});
