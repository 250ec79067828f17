import { codePoints } from '../sinks/words/plain.js';

/** Which columns are numbers and stand to the right; the others stand to the left. */
export type Alignment = readonly ('left' | 'right')[];

/** Rows of texts as lines whose columns stand below one another, two blanks apart, each line indented by `indent` blanks. */
export const tableLines = (rows: readonly (readonly string[])[], alignment: Alignment, indent: number): readonly string[] => {
  const widths = alignment.map((_, column) => Math.max(0, ...rows.map((row) => codePoints(row[column] ?? ''))));
  return rows.map((row) => {
    const cells = alignment.map((side, column) => {
      const text = row[column] ?? '';
      const blanks = ' '.repeat((widths[column] ?? 0) - codePoints(text));
      return side === 'right' ? blanks + text : text + blanks;
    });
    return (' '.repeat(indent) + cells.join('  ')).trimEnd();
  });
};
