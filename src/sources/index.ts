import { binance } from './binance/binance.js';
import { replay } from './replay.js';

/** The sources a config may name. */
export const sources = [binance, replay] as const;
