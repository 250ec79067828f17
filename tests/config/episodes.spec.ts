import { describe, expect, it } from 'vitest';
import { config } from '../../src/config/index.js';

const episodesOf = (text: string) => {
  const loaded = config.loadText({ file: { path: 'm.yaml', text, explicit: true }, env: {} });
  return loaded.ok ? loaded.settings.episodes : loaded.problems.map(({ path, text: what }) => `${path} ${what}`);
};

describe('the settings of episodes', () => {
  it('group alerts by the length of their bars, unless it is said otherwise', () => {
    expect(episodesOf('')).toStrictEqual({ groupForMs: 'auto', repeatAfterMs: 'auto' });
    expect(episodesOf('episodes: { groupFor: 90m, repeatAfter: 1d }')).toStrictEqual({
      groupForMs: 5_400_000,
      repeatAfterMs: 86_400_000,
    });
    expect(episodesOf('episodes: { repeatAfter: off }')).toStrictEqual({ groupForMs: 'auto', repeatAfterMs: null });
  });

  it('may be off: then every alert is told for itself', () => {
    expect(episodesOf('episodes: { groupFor: off }')).toBeNull();
  });

  it.each([
    ['episodes: { groupFor: 60 }', 'auto, off, or a duration with its unit, such as 4h'],
    ['episodes: { repeatAfter: sometimes }', 'auto, off, or a duration with its unit, such as 4h'],
    ['episodes: { groupfor: 1h }', 'did you mean groupFor?'],
  ])('%s is told to be wrong', (text, told) => {
    expect(JSON.stringify(episodesOf(text))).toContain(told);
  });
});
