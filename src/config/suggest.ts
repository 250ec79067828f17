/** Edits that turn one word into the other: insertions, deletions, replacements, and swaps of neighbours. */
const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let edits = Math.min((above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (above[column - 1] ?? 0) + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        edits = Math.min(edits, (before[column - 2] ?? 0) + 1);
      current.push(edits);
    }
    before = above;
    above = current;
  }
  return above[b.length] ?? 0;
};

/** The known word that was probably meant: at most a third of it differs, case and separators aside. */
export const suggest = (word: string, known: readonly string[]): string | null => {
  if (word.length > 64) return null;
  const bare = (text: string): string => text.toLowerCase().replace(/[-_ ]/g, '');
  const near = known
    .map((candidate) => ({ candidate, edits: distance(bare(word), bare(candidate)) }))
    .filter(({ candidate, edits }) => edits <= Math.floor(candidate.length / 3))
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.candidate ?? null;
};
