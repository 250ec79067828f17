import { styleText } from 'node:util';
import type { Check } from '../ports/check.js';

const MARKS = { fine: '✓', failed: '✗', skipped: '–' } as const;
const COLOURS = { fine: 'green', failed: 'red', skipped: 'dim' } as const;
const NAME_WIDTH = 24;
const WIDTH_MIN = 60;
const WIDTH_MAX = 120;

/** Breaks a text between words into lines of at most so many letters; a longer word stays whole. */
const wrapped = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
};

/** The checklist as it is written on a terminal or into a file. */
export interface Chart {
  heading(title: string): void;
  add(check: Check): void;
  /** Writes the last line; true when nothing failed. */
  close(): boolean;
}

export const createChart = (print: (line: string) => void): Chart => {
  const isTerminal = process.stdout.isTTY === true && process.stdout.hasColors();
  const paint = (style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string): string =>
    isTerminal ? styleText(style, text, { validateStream: false }) : text;
  const width = Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, process.stdout.columns ?? WIDTH_MAX));
  const counts = { fine: 0, failed: 0, skipped: 0 };
  const indent = ' '.repeat(4 + NAME_WIDTH);
  let isFirst = true;

  return {
    heading: (title) => {
      if (!isFirst) print('');
      isFirst = false;
      print(paint('bold', title));
    },
    add: ({ name, outcome, detail, cure }) => {
      counts[outcome]++;
      const [first = '', ...rest] = wrapped(detail, width - indent.length);
      const label = name.length >= NAME_WIDTH ? `${name} ` : name.padEnd(NAME_WIDTH);
      print(`  ${paint(COLOURS[outcome], MARKS[outcome])} ${label}${first}`);
      for (const line of rest) print(indent + line);
      if (cure === undefined) return;
      wrapped(cure, width - indent.length - 2).forEach((line, at) =>
        print(indent + paint('yellow', `${at === 0 ? '→' : ' '} ${line}`)),
      );
    },
    close: () => {
      const { fine, failed, skipped } = counts;
      const words = failed === 0 ? paint('green', 'nothing is wrong') : paint('red', `${failed} failed`);
      print('');
      print(`${words}; ${fine} fine${skipped === 0 ? '' : `, ${skipped} not judged`}`);
      return failed === 0;
    },
  };
};
