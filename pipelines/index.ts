import { classic } from './classic.js';
import { momentum } from './momentum.js';
import { rules } from './rules.js';

/** The pipelines a config may name. */
export const pipelines = [momentum, classic, rules] as const;
