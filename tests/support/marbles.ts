import { configure } from 'rxjs-marbles';
import { expect } from 'vitest';

/** `it('…', marbles((m) => …))` in virtual time, with vitest's own diff on a mismatch. The only door to rxjs-marbles. */
export const { marbles } = configure({
  assertDeepEqual: (actual, expected) => {
    expect(actual).toStrictEqual(expected);
  },
  frameworkMatcher: true,
  run: true,
});
