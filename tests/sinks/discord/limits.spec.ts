import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complaintsAbout, isEmptyMessage } from '../../../src/simulator/discord-form.js';
import { composeBatch } from '../../../src/sinks/discord/batch.js';
import { styleOf } from '../../../src/sinks/discord/card.js';
import { compose, composeEpisode } from '../../../src/sinks/discord/message.js';
import { codePoints, plain } from '../../../src/sinks/words/plain.js';
import { alert, FIRST, HOSTILE } from '../../support/alerts.js';
import { anyEpisode, anyToldAlert } from '../../support/told-alerts.js';
import { ended } from '../contract.js';
import { virtualWorld } from './world.js';

/*
 * Fault F59: whatever an alert holds, Discord takes its message at the first try. What Discord takes is said by the simulated one,
 * which was written from Discord's documentation and from nothing here.
 */

const STYLES = [
  {},
  styleOf({ fields: ['strength', 'data', 'peers', 'other', 'move'] }),
  styleOf({ template: 'classic' }),
  styleOf({ template: 'compact' }),
  styleOf({ template: 'full' }),
  styleOf({ template: '# {{ symbol }}{{ symbol | bold }}{{ rule }}{% for f in fields %}{{ f.text }}{{ f.text }}{% endfor %}' }),
];
const anyStyle = fc.constantFrom(...STYLES);
const anyAttempt = fc.record({ number: fc.integer({ min: 1, max: 1e9 }), mayRepeat: fc.boolean() });
const anyUsername = fc.constantFrom(null, 'Momentum');

/** Controls, lone surrogates, what turns the reading direction. */
const UNFIT = /\\ud[89a-f]|[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/iu;
/** A mention, or an address that is none of ours. */
const RINGS = /@(?!\u200b)|(?<!\\)<(?!t:\d+:R>)/;
const LEADS = /:\/\/(?!www\.binance\.com\/en\/(?:futures|trade)\/)/;

const textsIn = (message: { readonly embeds: readonly object[] }): readonly string[] => {
  const texts: string[] = [];
  JSON.stringify(message.embeds, (key, value: unknown) => {
    if (typeof value === 'string' && !['timestamp', 'url'].includes(key)) texts.push(value);
    return value;
  });
  return texts;
};

const expectAccepted = (message: { readonly embeds: readonly object[] }): void => {
  const body = JSON.parse(JSON.stringify(message)) as Record<string, unknown>;
  expect(complaintsAbout(body)).toStrictEqual([]);
  expect(isEmptyMessage(body)).toBe(false);
  expect(JSON.stringify(body)).not.toMatch(UNFIT);
  for (const text of textsIn(message)) {
    expect(text.replace(/\\./gs, '')).not.toMatch(RINGS);
    expect(text).not.toMatch(LEADS);
    expect(text).not.toMatch(/NaN|Infinity|undefined|\[object/);
  }
};

describe('F59: texts beyond every limit, emoji, surrogates, right-to-left, mentions and markup', () => {
  it('F59: an alert is one message that Discord takes, whatever it holds', () => {
    fc.assert(
      fc.property(anyToldAlert, anyAttempt, anyUsername, anyStyle, (told, attempt, username, style) => {
        expectAccepted(compose(told, attempt, username, style).message);
      }),
      { numRuns: 1_000, endOnFailure: true },
    );
  });

  it('F59: ten alerts are one message that Discord takes, each with a text of its own', () => {
    const anyPostings = fc.array(fc.record({ alert: anyToldAlert, attempt: anyAttempt }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(anyPostings, anyUsername, anyStyle, (postings, username, style) => {
        const message = composeBatch(postings, username, style);
        expect(message.embeds).toHaveLength(postings.length);
        for (const { description } of message.embeds) expect(description.trim()).not.toBe('');
        expectAccepted(message);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  it('F59: an episode of any length is one message that Discord takes', () => {
    fc.assert(
      fc.property(anyEpisode, anyStyle, (episode, style) => expectAccepted(composeEpisode(episode, style).message)),
      { numRuns: 500, endOnFailure: true },
    );
  });

  it('F59: a symbol that no exchange would list is taken at the first try, and that it was cut is reported', async () => {
    const { sink, world, faults, clock } = virtualWorld({ picture: 'off' });
    for (const symbol of HOSTILE) {
      const sent = ended(sink.deliver(alert({ symbol, measures: { [symbol]: 1 } }), FIRST));
      clock.advanceTo(clock.now() + 10_000);
      await sent;
    }
    expect(world.saved()).toHaveLength(HOSTILE.length);
    expect(faults.map(({ kind }) => kind)).toStrictEqual(
      HOSTILE.filter((symbol) => codePoints(plain(symbol)) > 64).map(() => 'text-shortened'),
    );
  });

  it.each([undefined, 'classic', 'compact', 'full', '{{ symbol | bold }}: {{ data }}'])(
    'F59: the simulated Discord saves at the first try what the template %s makes of an alert of each kind',
    async (template) => {
      const { sink, world, faults, clock } = virtualWorld({ picture: 'off', ...(template === undefined ? {} : { template }) });
      const kinds = [{}, { kind: 'market', symbol: '*' }, { grade: 'early' }, { direction: 'down', shortHistory: true }] as const;
      for (const given of kinds) {
        const sent = ended(sink.deliver(alert(given), FIRST));
        clock.advanceTo(clock.now() + 10_000);
        await sent;
      }
      expect(world.saved()).toHaveLength(kinds.length);
      expect(faults).toStrictEqual([]);
    },
  );

  it('F59: the same text unescaped and uncut would have been refused', () => {
    const raw = { embeds: [{ title: 'x'.repeat(10_000), description: 'd' }] };
    expect(complaintsAbout(raw)).not.toStrictEqual([]);
    expect('@everyone').toMatch(RINGS);
    expect('<@1>').toMatch(RINGS);
    expect('https://evil.example').toMatch(LEADS);
  });
});
