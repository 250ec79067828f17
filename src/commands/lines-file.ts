import { closeSync, openSync, writeSync } from 'node:fs';

const CHUNK_CHARACTERS = 1 << 18;

/** A file of one JSON object a line, written in large pieces. */
export interface LinesFile {
  add(value: unknown): void;
  close(): void;
}

/** Creates or empties the file; throws Node's own error when that is not possible. */
export const openLinesFile = (path: string): LinesFile => {
  const fd = openSync(path, 'w');
  let held = '';
  const flush = (): void => {
    const bytes = Buffer.from(held);
    held = '';
    for (let from = 0; from < bytes.length;) from += writeSync(fd, bytes, from);
  };
  return {
    add: (value) => {
      held += `${JSON.stringify(value)}\n`;
      if (held.length > CHUNK_CHARACTERS) flush();
    },
    close: () => {
      flush();
      closeSync(fd);
    },
  };
};
