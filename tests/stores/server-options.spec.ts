import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { config } from '../../src/config/index.js';
import { formatProblem } from '../../src/config/node.js';
import { recordedContext } from '../support/context.js';

/*
 * The settings of the stores on servers, as a person writes them.
 */

const CANARY = 'canary-of-the-store';
const SINK = '  - { type: console }';
const load = (store: string, sinks = SINK, env: Readonly<Record<string, string>> = {}) =>
  config.loadText({ file: { path: 'm.yaml', text: `store: ${store}\nsinks:\n${sinks}\n`, explicit: true }, env });
const problemsOf = (...asked: Parameters<typeof load>): readonly string[] => {
  const loaded = load(...asked);
  expect(inspect(loaded, { depth: 20 }) + JSON.stringify(loaded)).not.toContain(CANARY);
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
};

const HOOK = `https://discord.com/api/webhooks/${'1'.repeat(18)}/${'x'.repeat(68)}`;

describe.each([
  ['redis', 'prefix', 'redis://:', '1 to 60 letters, digits, ".", "_" or "-"'],
  [
    'postgres',
    'schema',
    'postgres://monitor:',
    '1 to 60 lower-case letters, digits or "_", not beginning with a digit or with pg_',
  ],
])('%s', (type, place, begin, placeWords) => {
  const url = `${begin}${CANARY}@127.0.0.1:1/0`;

  it('takes an address, best from a variable', () => {
    expect(problemsOf(`{ type: ${type}, url: '${url}' }`)).toStrictEqual([]);
    expect(
      problemsOf(`{ type: ${type}, url: '\${DATABASE}', ${place}: desk_1, lease: 1m }`, SINK, { DATABASE: url }),
    ).toStrictEqual([]);
  });

  it('shows nothing of an address that is none', () => {
    const [problem] = problemsOf(`{ type: ${type}, url: 'http://${CANARY}@127.0.0.1' }`);
    expect(problem).toMatch(new RegExp(`^m\\.yaml:1:\\d+ store\\.url: is not usable, should be an address such as ${type}://`));
    expect(problemsOf(`{ type: ${type} }`)).toHaveLength(1);
  });

  it('refuses a name that could not be one', () => {
    expect(problemsOf(`{ type: ${type}, url: '${url}', ${place}: 'a; drop' }`)).toStrictEqual([
      expect.stringContaining(`store.${place}: is "a; drop", should be ${placeWords}`),
    ]);
  });

  it('refuses a lease in which a message could not be sent', () => {
    const discord = (more: string) => `  - { type: discord, webhookUrl: '${HOOK}', ${more} }`;
    expect(
      problemsOf(`{ type: ${type}, url: '${url}', lease: 15s }`, discord('name: desk, deadline: 10s, picture: off')),
    ).toStrictEqual([expect.stringContaining('store.lease: is 15s, should be at least 18s: a message to desk may take 10s')]);
    expect(
      problemsOf(`{ type: ${type}, url: '${url}', lease: 18s }`, discord('name: desk, deadline: 10s, picture: off')),
    ).toStrictEqual([]);
    expect(problemsOf(`{ type: ${type}, url: '${url}', lease: 20s }`, discord('name: desk, pictureDeadline: 2s'))).toStrictEqual([
      expect.stringContaining('store.lease: is 20s, should be at least 21s: a message to desk may take 12s'),
    ]);
  });

  it('needs a context with servers, and connects to nothing before it is asked', () => {
    const loaded = load(`{ type: ${type}, url: '${url}' }`);
    if (!loaded.ok) throw new Error('the settings of the test are not valid');
    expect(() => loaded.settings.store.create(recordedContext().context)).toThrow('database servers');
  });
});
