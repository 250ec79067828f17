import { unpack } from '../../src/stores/journal/pack.js';

/** What a line of a store's log says, packed or not; an unfinished line as it is. */
export const textOf = (line: string): string => {
  const [, packed] = /"packed":"([A-Za-z0-9+/=]+)"\}$/.exec(line.trimEnd()) ?? [];
  return packed === undefined ? line : unpack(packed);
};

/** The same for several lines. */
export const textOfLines = (lines: string): string => lines.split('\n').map(textOf).join('\n');
