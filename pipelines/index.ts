import { classic } from './classic.js';
import { momentum } from './momentum.js';

/** The pipelines a config may name. */
export const pipelines = [momentum, classic] as const;
