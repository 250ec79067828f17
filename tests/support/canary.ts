/*
 * A mark that stands in every secret of the suite's worlds and nowhere else. Whatever a started program says is searched for it
 * (program.ts), and .ci/run searches everything that the suite itself has printed.
 */

export const CANARY = 'c4n4ryS1ngs';

/** A secret of this length that can be known again: letters, digits and dashes alone. */
export const canaryOf = (name: string, length = 40): string =>
  `${CANARY}-${name.replace(/[^\w]/g, '-')}-`.padEnd(length, 'x').slice(0, length);

/** The same in base64, for keys: its text holds the mark, whatever it means. */
export const canaryKeyOf = (name: string): string => `${CANARY}${name.replace(/[^a-z\d]/gi, '')}`.padEnd(44, 'x').slice(0, 44);

/** Where the mark stands in a text, with what stands around it; none is the goal. */
export const canariesIn = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => {
    const at = line.indexOf(CANARY);
    return at < 0 ? [] : [line.slice(Math.max(0, at - 120), at + 60)];
  });
