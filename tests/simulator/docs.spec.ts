import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BROKEN_FRAMES } from '../../src/simulator/exchange/broken.js';
import { TOXICS } from '../../src/simulator/proxy/toxic.js';
import { T0, worldAt } from './world.js';

const text = readFileSync(join(import.meta.dirname, '../../docs/simulator.md'), 'utf8');
const named = (pattern: RegExp): readonly string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].sort();

it('docs/simulator.md has an example of each fault and each toxic, and of no other', () => {
  const { faults } = worldAt(T0).exchange;
  expect(named(/`faults\.(\w+)\(/g)).toStrictEqual(Object.keys(faults).sort());
  expect(named(/`\{ kind: '([\w-]+)'[^`]*\} *`? *\|/g)).toStrictEqual([...TOXICS].sort());
  for (const name of Object.keys(BROKEN_FRAMES)) expect(text).toMatch(new RegExp(`[\`'(]${name}[\`')]`));
});
