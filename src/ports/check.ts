/** One thing that `doctor` has looked at. Nothing in it holds a secret. */
export interface Check {
  /** In a word or two: `klines`, `webhook`. */
  readonly name: string;
  /** `skipped`: it could not be looked at, or nothing depends on it. */
  readonly outcome: 'fine' | 'failed' | 'skipped';
  /** What was found, in one clause. */
  readonly detail: string;
  /** What would help, in one line; given when it failed. */
  readonly cure?: string;
}

export const fine = (name: string, detail: string): Check => ({ name, outcome: 'fine', detail });
export const skipped = (name: string, detail: string): Check => ({ name, outcome: 'skipped', detail });
export const failed = (name: string, detail: string, cure: string): Check => ({ name, outcome: 'failed', detail, cure });
