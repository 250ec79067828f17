import { describe, expect, it } from 'vitest';
import { problemsOf, settingsOf } from './fakes.js';

const path = (written: string, env: Record<string, string>): unknown =>
  settingsOf(`store:\n  path: ${written}`, { env }).store.options['path'];
const move = (written: string, env: Record<string, string>): unknown =>
  settingsOf(`pipeline:\n  moveThreshold: ${written}`, { env }).pipeline.settings['moveThreshold'];

describe('${…}', () => {
  it.each([
    ['${A}', { A: 'x' }, 'x'],
    ['pre-${A}-post', { A: 'x' }, 'pre-x-post'],
    ['${A}${B}', { A: 'x', B: 'y' }, 'xy'],
    ['${A:-else}', {}, 'else'],
    ['${A:-else}', { A: '' }, 'else'],
    ['${A:-else}', { A: 'x' }, 'x'],
    ['a${A:-}', {}, 'a'],
    ['a${A:+b}', { A: 'x' }, 'ab'],
    ['a${A:+b}', {}, 'a'],
    ['$${A}', { A: 'x' }, '${A}'],
    ['"${A}"', { A: '7' }, '7'],
    ["'${A}'", { A: 'true' }, 'true'],
    ['"${A}"', { A: '${B}' }, '${B}'],
    ['"${A}"', { A: 'x: [y\nz' }, 'x: [y\nz'],
  ])('%s in an environment of %o is %j', (written, env, expected) => {
    expect(path(written, env)).toBe(expected);
  });

  it('keeps a plain number a number', () => {
    expect(move('${A}', { A: '2.5' })).toBe(2.5);
    expect(move('${A:-4}', {})).toBe(4);
  });

  it('leaves a quoted number text', () => {
    expect(problemsOf('pipeline:\n  moveThreshold: "${A}"', { env: { A: '2.5' } })).toStrictEqual([
      'm.yaml:2:18 pipeline.moveThreshold: is not usable with what ${A} gives, should be a number above 0',
    ]);
  });

  it('turns a sink on by being there', () => {
    const text = 'sinks:\n  - type: console\n  - type: discord\n    enabled: ${HOOK:+true}\n    webhookUrl: ${HOOK:-}';
    expect(settingsOf(text, { env: { HOOK: 'https://x' } }).sinks.map(({ name }) => name)).toStrictEqual(['console', 'discord']);
    expect(settingsOf(text, { env: { HOOK: '' } }).sinks.map(({ name }) => name)).toStrictEqual(['console']);
  });

  it.each([
    ['${A}', {}, 'needs the variable A, which is not set; set it, or write ${A:-default}'],
    ['${A}', { A: '' }, 'needs the variable A, which is empty; set it, or write ${A:-default}'],
    ['${constructor}', {}, 'needs the variable constructor, which is not set; set it, or write ${constructor:-default}'],
    [
      '${A',
      { A: 'x' },
      'has a ${ that names no variable, should be ${NAME}, ${NAME:-default} or ${NAME:+text} ($${ for the characters themselves)',
    ],
    [
      '${A-B}',
      { A: 'x' },
      'has a ${ that names no variable, should be ${NAME}, ${NAME:-default} or ${NAME:+text} ($${ for the characters themselves)',
    ],
    [
      '${}',
      {},
      'has a ${ that names no variable, should be ${NAME}, ${NAME:-default} or ${NAME:+text} ($${ for the characters themselves)',
    ],
  ])('%s in an environment of %o is one problem', (written, env, text) => {
    expect(problemsOf(`store:\n  path: ${written}`, { env })).toStrictEqual([`m.yaml:2:9 store.path: ${text}`]);
  });

  it.each([' https://canary', '"https://canary"', 'https://canary\n'])(
    'says that a variable is spoiled at its edge, and not its value: %j',
    (HOOK) => {
      const lines = problemsOf('sinks:\n  - type: discord\n    webhookUrl: ${HOOK}x${SECRET}', {
        env: { HOOK: HOOK.replace('https', 'ftp'), SECRET: '"' },
      });
      expect(lines).toStrictEqual([
        'm.yaml:3:17 sinks.0.webhookUrl: is not usable with what ${HOOK} and ${SECRET} gives (it holds a quote, a space or a line break at its edge), should be a webhook address',
      ]);
    },
  );
});
