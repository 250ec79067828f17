import type { Observable } from 'rxjs';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { StoreError } from '../../ports/store.js';

/** Waits for a step of the file port to be done. */
export const done = (step: Observable<never>): Promise<void> => lastValueFrom(step, { defaultValue: undefined });

/** Waits for the one answer of a step. */
// A step that answers never ends without an answer, so there is no default to give.
// eslint-disable-next-line rxjs-x/no-ignored-default-value
export const answer = <T>(step: Observable<T>): Promise<T> => firstValueFrom(step);

export const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'no code';
};

/** What a file error means for a store, in the words of the port. `doing` says what was being done, and where. */
export const storeErrorOf = (error: unknown, doing: string): StoreError => {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new StoreError('full', `${doing}: no space left (${code}); free some, then it goes on by itself`);
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new StoreError('read-only', `${doing}: not allowed (${code}); let this user write there, or set another store.path`);
    case 'ELOOP':
      return new StoreError(
        'unavailable',
        `${doing}: it is a symbolic link; set store.path to the folder that really holds the file`,
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new StoreError('unavailable', `${doing}: a file stands where a folder should be (${code}); set another store.path`);
    default:
      return new StoreError('unavailable', `${doing}: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** `work`, with its file errors turned into store errors. */
export const during = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw storeErrorOf(error, doing);
  }
};
