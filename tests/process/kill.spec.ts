import { it } from 'vitest';
import { POINTS, under, underGone } from './crash-points.js';
import { killAndCheck } from './kill-check.js';

/** Where it is killed under every outcome in the short form: a kill before the send, and one within it, by turns. */
const CHOSEN = ['K3:1', 'K6:2', 'K4:1', 'K7:2'];

// The short form of sixty kills; `npm run soak` kills a thousand times and more.
it(
  'killed at random moments and at every labelled point, it loses no alert, and every extra copy has an unknown outcome and its mark',
  () =>
    killAndCheck({
      randomWorlds: 1,
      kills: 14,
      labelled: [
        [...under('200', POINTS), ...under('204', CHOSEN)],
        [...under('200 with lost reply', ['K1:1', 'K5:2', ...CHOSEN]), ...under('429', CHOSEN), ...under('reset', CHOSEN)],
        [...under('timeout', ['K2:1', 'K8:2', ...CHOSEN]), ...under('500', CHOSEN), ...under('400', CHOSEN)],
        ...underGone(['K3:1', 'K6:1', 'K8:1']),
      ],
    }),
  420_000,
);
