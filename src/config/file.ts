import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { FILE_BYTES_MAX } from './document.js';
import type { Problem } from './node.js';
import type { Environment } from './substitute.js';
import { variable } from './substitute.js';
import { CONFIG_PATH } from './variables.js';

/** A settings file as it was read. `explicit`: a person named it, by `--config` or `CONFIG_PATH`. */
export interface SettingsFile {
  readonly path: string;
  readonly text: string;
  readonly explicit: boolean;
}

export type FoundFile =
  { readonly ok: true; readonly file: SettingsFile | null } | { readonly ok: false; readonly problems: readonly Problem[] };

export const DEFAULT_PATH = 'config/default.yaml';

/** What keeps a file from being read, by Node's code. */
const TROUBLE: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this user',
};

/** At most one byte more than is allowed, so that no file, however large, is read to its end. */
const readBytes = (path: string): Buffer => {
  const bytes = Buffer.alloc(FILE_BYTES_MAX + 1);
  const descriptor = openSync(path, 'r');
  try {
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length === bytes.length) return bytes.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
};

const failed = (path: string, text: string): FoundFile => ({ ok: false, problems: [{ where: path, rank: 0, path: '', text }] });

/** Reads the file that `--config` names, else `CONFIG_PATH`, else config/default.yaml where there is one; `null` without any. */
export const findFile = (config: string | undefined, env: Environment): FoundFile => {
  const named = config ?? variable(env, CONFIG_PATH);
  if (named === '' && !existsSync(DEFAULT_PATH)) return { ok: true, file: null };
  const path = named === '' ? DEFAULT_PATH : named;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readBytes(path));
    return { ok: true, file: { path, text, explicit: named !== '' } };
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      return failed(path, 'is not UTF-8 text, should be a settings file');
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return failed(path, `${TROUBLE[code] ?? `cannot be read (${code})`}, should be a settings file`);
  }
};
