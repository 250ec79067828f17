import { it } from 'vitest';
import type { OutcomeName } from './crash-points.js';
import { OUTCOMES, under, underGone } from './crash-points.js';
import { killAndCheck } from './kill-check.js';

// KILLS in the environment makes it shorter or longer.
const KILLS = Number(process.env['KILLS'] ?? 1_000);
const WORLDS = 4;
const OTHERS = (Object.keys(OUTCOMES) as OutcomeName[]).filter((outcome) => outcome !== '404');

it('killed a thousand times at random moments, and at every labelled point under every outcome of a send, it loses no alert', () =>
  killAndCheck({
    randomWorlds: WORLDS,
    kills: Math.ceil(KILLS / WORLDS),
    labelled: [...OTHERS.map((outcome) => under(outcome)), ...underGone()],
  }));
