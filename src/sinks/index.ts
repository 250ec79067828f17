import { consoleSink } from './console.js';
import { discord } from './discord/discord.js';

/** The sinks a config may name. */
export const sinks = [consoleSink, discord] as const;
