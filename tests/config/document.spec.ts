import { describe, expect, it } from 'vitest';
import { problemsOf, settingsOf } from './fakes.js';

const SYNTAX: readonly (readonly [defect: string, text: string, line: string])[] = [
  ['a tab', 'log:\n\tlevel: info', 'm.yaml:2:1: is indented with a tab, should be indented with spaces'],
  [
    'a bracket left open',
    'sinks: [console',
    'm.yaml:1:16: is indented differently from its neighbours, or a bracket is not closed; should be aligned and closed',
  ],
  ['a quote left open', 'store:\n  path: "data\n', 'm.yaml:3:1: lacks a closing quote, bracket, comma, or the colon after a key'],
  [
    'two colons',
    'store: path: data',
    'm.yaml:1:8: has a second "key: value" where a value should be; put the value in quotes, or on lines of its own',
  ],
  [
    'a reserved character',
    'store: { path: @home }',
    'm.yaml:1:16: begins with a character YAML keeps for itself, should be in quotes',
  ],
  ['a wrong escape', 'store: { path: "c:\\data" }', 'm.yaml:1:19: has an unknown backslash escape, should be in single quotes'],
  [
    'a variable bare in braces',
    'store: { path: ${DATA} }',
    'm.yaml:1:17: has a ${…} inside { } or [ ], which should be in quotes there',
  ],
  ['a second document', 'log: {}\n---\nlog: {}', 'm.yaml:2:1: begins a second document, should be the only one in the file'],
  ['an alias', 'store: &s { path: data }\nlog: *s', 'm.yaml:2:6 log: is an alias (*), should be written out'],
  ['a tag', 'store:\n  path: !!str data', 'm.yaml:2:15 store.path: has a tag (!), should be a plain value'],
  ['a tag nobody knows', 'store:\n  path: !secret data', 'm.yaml:2:17 store.path: has a tag (!), should be a plain value'],
  ['a key twice', 'log: {}\nstore: {}\nlog: {}', 'm.yaml:3:1 log: is given twice (first at m.yaml:1:1), should be given once'],
  ['a key that is a list', '? [a]\n: 1', 'm.yaml:1:3: has a key that is no plain word, should be "key: value"'],
  ['a directive', '%YAML 1.1\n---\nlog: {}', 'm.yaml:1:1: has a %YAML directive, should not have one'],
  ['a merge', 'log:\n  <<: { level: info }', 'm.yaml:2:3 log.(unprintable): unknown key, should be one of level, format'],
];

describe('a settings file', () => {
  it.each(SYNTAX)('is refused for %s', (_defect, text, line) => {
    expect(problemsOf(text)).toStrictEqual([line]);
  });

  it('F86: is refused by its size before it is parsed', () => {
    expect(problemsOf('#'.repeat(256 * 1024 + 1))).toStrictEqual([
      'm.yaml:1:1: is larger than 256 KiB, should be a settings file',
    ]);
    expect(problemsOf('#'.repeat(256 * 1024))).toStrictEqual([]);
  });

  it('is refused by its depth, however deep', () => {
    const nested = (depth: number): string => `log: ${'['.repeat(depth)}${']'.repeat(depth)}`;
    const told = (depth: number): readonly string[] =>
      problemsOf(nested(depth)).filter((line) => line.endsWith('is nested too deeply, should be at most 16 levels'));
    expect(told(15)).toHaveLength(0);
    expect(told(17)).toHaveLength(1);
    expect(told(5_000)).toHaveLength(1);
  });

  it('F86: cannot grow by aliases', () => {
    const bomb = [
      'log:',
      '  a: &a [x]',
      ...Array.from({ length: 20 }, (_, i) => `  ${'b'.repeat(i + 1)}: [*a, *a, *a, *a]`),
    ].join('\n');
    expect(problemsOf(bomb).filter((line) => line.endsWith('is an alias (*), should be written out'))).toHaveLength(80);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('F87: reaches no prototype through %s', (key) => {
    const line = `m.yaml:2:3 log.${key}: unknown key, should not be there`;
    expect(problemsOf(`log:\n  ${key}: { polluted: true }`)).toStrictEqual([line]);
    expect(problemsOf('log: {}', { overrides: [`log.${key}.polluted=true`] })).toStrictEqual([
      `--set log.${key}.polluted: unknown key, should not be there`,
    ]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('knows words by the rules of YAML 1.2', () => {
    const { store } = settingsOf('store:\n  path: no');
    expect(store.options['path']).toBe('no');
  });

  it('keeps every digit of a long number', () => {
    expect(settingsOf('store:\n  path: ${ID}', { env: { ID: '1234567890123456789' } }).store.options['path']).toBe(
      '1234567890123456789',
    );
  });

  it('names the lines of a file with a byte order mark and Windows line ends', () => {
    expect(problemsOf('\uFEFFlog: {}\r\nstroe: {}\r\n')).toStrictEqual(['m.yaml:2:1 stroe: unknown key, did you mean store?']);
  });

  it('F89: keeps a secret to itself that stands in the wrong place', () => {
    const canary = 'https://discord.com/api/webhooks/123/canary-token';
    const texts = [
      `${canary}`,
      `sinks: ${canary}`,
      `sinks:\n  - ${canary}`,
      `${canary}: 1`,
      `sinks:\n  - type: ${canary}`,
      `log: "${canary}`,
      `log: @${canary}`,
      `log: a: ${canary}`,
    ];
    for (const text of texts) {
      const lines = problemsOf(text);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.join('\n')).not.toContain('canary');
    }
  });
});
