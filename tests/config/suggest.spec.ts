import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suggest } from '../../src/config/suggest.js';

describe('suggest', () => {
  it.each([
    ['cooldwon', 'cooldown'],
    ['coolown', 'cooldown'],
    ['cooldowns', 'cooldown'],
    ['cool-down', 'cooldown'],
    ['COOLDOWN', 'cooldown'],
    ['move_threshold', 'moveThreshold'],
    ['soruce', 'source'],
    ['quiet', null],
    ['', null],
    ['x'.repeat(65), null],
  ])('%s → %s', (word, meant) => {
    expect(suggest(word, ['source', 'cooldown', 'moveThreshold'])).toBe(meant);
  });

  it('takes the nearest', () => {
    expect(suggest('cooldwn', ['cooldowns', 'cooldown'])).toBe('cooldown');
  });

  it('finds every known word with one letter lost, doubled or swapped', () => {
    const known = fc.stringMatching(/^[a-z]{4,12}$/);
    const slip = fc.constantFrom('lost', 'doubled', 'swapped');
    fc.assert(
      fc.property(known, slip, fc.nat(), (word, kind, at) => {
        const i = at % (word.length - 1);
        const rest = word.slice(i + 1);
        const slipped = {
          lost: word.slice(0, i) + rest,
          doubled: word.slice(0, i + 1) + word.slice(i),
          swapped: word.slice(0, i) + rest[0] + word[i] + rest.slice(1),
        };
        expect(suggest(slipped[kind], [word])).toBe(word);
      }),
    );
  });
});
