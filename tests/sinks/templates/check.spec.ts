import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { config } from '../../../src/config/index.js';
import { formatProblem } from '../../../src/config/node.js';
import { flawIn, templateShape } from '../../../src/sinks/templates/check.js';
import { SHIPPED } from '../../../src/sinks/templates/shipped.js';
import { VARIABLES } from '../../../src/sinks/templates/scope.js';

const flaw = (text: string): string => {
  const found = flawIn(text, 'discord');
  return found === null ? 'fine' : `${found.line}:${found.column} ${found.what}`;
};
const options = z.strictObject(templateShape('discord'));

describe('the check of templates', () => {
  it.each([
    '{{ symbol }} {{ change | bold }}',
    '{% for field in fields %}{{ field.title }}: {{ field.text }}{% endfor %}',
    "{% if grade != '' %}{{ grade }}{% else %}-{% endif %}",
    '{{ closedAtMs | moment }} {{ symbol | downcase | bold }}',
    '{% for line in story %}{{ forloop.index }} {{ line.text }}{% endfor %}',
    '{% assign name = symbol | upcase %}{{ name }}',
    '{{ fields.size }} {{ fields | map: "title" | join: ", " }}',
    "{{ 'chart' | link: chart }}",
    'no variable at all',
    '{% raw %}{{ symbl }}{% endraw %}',
    '{% comment %}{{ symbl }}{% endcomment %}',
  ])('finds nothing wrong with %s', (text) => expect(flaw(text)).toBe('fine'));

  it.each(Object.keys(SHIPPED))('finds nothing wrong with the shipped template %s, whatever it is escaped for', (name) => {
    for (const escape of ['plain', 'discord', 'html', 'slack'] as const) expect(flawIn(SHIPPED[name] ?? '', escape)).toBeNull();
  });

  it.each([
    [
      'an unknown variable',
      'a\n{{ symbl }}',
      /^2:4 unknown variable "symbl", should be one of arrow, attempt, change,.* symbol, time/,
    ],
    ['an unknown variable that is not reached', "{% if grade == 'x' %}{{ symbl }}{% endif %}", /^1:25 unknown variable "symbl"/],
    ['an unknown variable in a condition', '{% if symbl %}x{% endif %}', /^1:\d+ unknown variable "symbl"/],
    [
      'an unknown property',
      '{% for field in fields %}{{ field.nam }}{% endfor %}',
      /^1:29 unknown property "nam" of field, should be one of atMs,/,
    ],
    ['a property of a text', '{{ symbol.base }}', /^1:\d+ unknown property "base" of symbol/],
    ['an unknown filter', '{{ symbol | bald }}', /^1:\d+ unknown filter "bald", should be one of abs, .*bold, /],
    ['the filter that would switch the escape off', '{{ symbol | raw }}', /^1:\d+ unknown filter "raw"/],
    ['a filter that knows the clock', "{{ 'now' | date: '%s' }}", /^1:\d+ unknown filter "date"/],
    ['an unknown tag', 'ab {% fi %}', /^1:4 unknown tag "fi", should be one of #, assign, /],
    ['a tag that reads files', "{% include 'x' %}", /^1:1 unknown tag "include"/],
    ['a tag that prints past the escape', '{% echo symbol %}', /^1:1 unknown tag "echo"/],
    ['an output that is not closed', 'x\ny {{ symbol', /^2:3 "?\{\{ symbol"? is not closed, should end with \}\}/],
    ['a tag that is not closed', '{% if symbol %}x', /^1:1 .*is not closed, should end with its \{% end/],
    ['an end without a beginning', 'x{% endif %}', /^1:2 "endif" closes nothing that was opened/],
    ['a bad expression', "{% if symbol = 'x' %}x{% endif %}", /^1:\d+ expected/],
    [
      'a list that is printed',
      '{{ fields }}',
      /^1:\d+ a list cannot be printed as it is, should be gone through: \{% for field in fields %\}/,
    ],
    ['nothing', '  \n ', /^1:1 it is empty/],
    ['a template beyond all measure', 'x'.repeat(10_001), /^1:1 longer than 10000 characters/],
    ['a loop without an end', '{% for i in (1..100000000) %}{{ i }}{% endfor %}', /^1:\d+ .*limit exceeded/],
  ])('names line, column and what would be right of %s', (_, text, expected) => {
    expect(flaw(text)).toMatch(expected);
  });

  it('takes the name of a shipped template, and no other name', () => {
    for (const template of Object.keys(SHIPPED)) expect(options.parse({ template })).toStrictEqual({ template });
    expect(options.safeParse({ template: 'clasic' }).error?.issues[0]?.message).toBe(
      'is no template that comes with the monitor, should be one of classic, compact, full, or the text of one',
    );
    expect(options.safeParse({ template: 'toString' }).success).toBe(false);
  });

  it('takes topics as fields, and says which there are', () => {
    expect(options.parse({ fields: ['strength', 'move'] })).toStrictEqual({ fields: ['strength', 'move'] });
    expect(options.safeParse({ fields: ['strenght'] }).success).toBe(false);
    expect(options.safeParse({ fields: [] }).success).toBe(false);
  });

  it('knows every variable that there is', () => {
    for (const [name, properties] of Object.entries(VARIABLES))
      if (properties === null) expect(flaw(`{{ ${name} }}`)).toBe('fine');
      else for (const one of properties) expect(flaw(`{% for x in ${name} %}{{ x.${one} }}{% endfor %}`)).toBe('fine');
  });

  it('is one line of the check of a config, at the path of the template', () => {
    const text = [
      'sinks:',
      '  - type: console',
      '    template: |-',
      '      {{ symbol }}',
      '      {{ symbl }}',
      '    fields: [move, moove]',
    ].join('\n');
    const loaded = config.loadText({ file: { path: 'm.yaml', text, explicit: true }, env: {} });
    const lines = loaded.ok ? [] : loaded.problems.map(formatProblem);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^m\.yaml:3:15 sinks\.0\.template: has a flaw at its line 2, column 4: unknown variable "symbl", should be one of arrow, /,
    );
    expect(lines[1]).toMatch(
      /^m\.yaml:6:20 sinks\.0\.fields\.1: is "moove", should be one of move, volume, .*\(did you mean move\?\)$/,
    );
  });
});
