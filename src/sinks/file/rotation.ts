import { basename, dirname, extname, join } from 'node:path';

/*
 * `alerts.jsonl` is written to; `alerts.1.jsonl` is the one before it, `alerts.2.jsonl` the one before that.
 */

/** The name of the file that is `age` generations old; 0 is the one that is written to. */
export const agedPath = (path: string, age: number): string => {
  if (age === 0) return path;
  const extension = extname(path);
  return join(dirname(path), `${basename(path, extension)}.${age}${extension}`);
};

export type Move =
  { readonly kind: 'remove'; readonly path: string } | { readonly kind: 'rename'; readonly path: string; readonly to: string };

/**
 * What has to be moved so that the path is free, the oldest first: a crash between two moves leaves a gap, and the next rotation
 * closes it before anything has to go. `names` are those in the folder.
 */
export const rotation = (path: string, names: ReadonlySet<string>, filesMax: number): readonly Move[] => {
  const isThere = (age: number): boolean => names.has(basename(agedPath(path, age)));
  if (!isThere(0)) return [];
  const removed: Move[] = [];
  // Also those that a larger setting had kept.
  for (let age = filesMax; isThere(age); age++) removed.unshift({ kind: 'remove', path: agedPath(path, age) });
  let gap = 1;
  while (gap < filesMax && isThere(gap)) gap++;
  if (gap === filesMax) removed.push({ kind: 'remove', path: agedPath(path, filesMax - 1) });
  const last = Math.min(gap, filesMax - 1);
  return [
    ...removed,
    ...Array.from({ length: last }, (_, moved): Move => {
      const age = last - 1 - moved;
      return { kind: 'rename', path: agedPath(path, age), to: agedPath(path, age + 1) };
    }),
  ];
};
