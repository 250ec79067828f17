import { it } from 'vitest';
import { killAndCheck } from './kill-check.js';

// The short form; `npm run soak` kills fifty times.
it(
  'killed ten times, it loses no alert, and every extra copy has an unknown outcome and its mark',
  () => killAndCheck(10),
  240_000,
);
