import { it } from 'vitest';
import { killAndCheck } from './kill-check.js';

it('killed fifty times, it loses no alert, and every extra copy has an unknown outcome and its mark', () => killAndCheck(50));
