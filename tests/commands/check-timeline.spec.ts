import { describe, expect, it } from 'vitest';
import { timelineLines } from '../../src/commands/check-timeline.js';
import { config } from '../../src/config/index.js';

const timelineOf = (given: Readonly<Record<string, unknown>> = {}): readonly string[] => {
  const overrides = Object.entries(given).map(([path, value]) => ({ path, value, from: 'test' }));
  const loaded = config.loadText({ file: null, env: {}, overrides });
  if (!loaded.ok) throw new Error(loaded.problems.map(({ text }) => text).join('\n'));
  return timelineLines(loaded.settings);
};

/** `13:00 message 1 changed`: when something is sent, and what. */
const sentIn = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => {
    const [, clock, sent] = /^ {2}(\d\d:\d\d) .*? {2}(message .*)$/.exec(line) ?? [];
    return clock === undefined || sent === undefined ? [] : [`${clock} ${sent}`];
  });

describe('check --timeline', () => {
  it('shows on a made-up move what the settings do, one close a line', () => {
    expect(timelineOf()).toStrictEqual([
      'A move of one symbol, made up, in bars of 15m, as these settings tell it:',
      '  episodes.groupFor 1h · episodes.repeatAfter 4h · cooldown 30m · escalation off',
      '',
      '  UTC      price  what happens                              what is sent',
      '  12:15   +3.0 %  momentum fires                            message 1 posted',
      '  12:30   +3.6 %  momentum fires: withheld by the cooldown  message 1 changed',
      '  12:45   +4.2 %  momentum fires                            message 1 changed',
      '  13:00   +6.8 %  momentum fires: withheld by the cooldown',
      '  13:00   +6.8 %  momentum fires on bars of 1h              message 1 changed',
      '  13:15   +6.2 %  an hour after 12:15                       message 1 changed',
      '  13:30   +3.0 %  half of the way given back                message 1 changed',
      '  15:15   +7.5 %  momentum fires                            message 2 posted',
      '  16:00   +8.0 %  momentum fires                            message 2 changed',
      '  16:15   +7.9 %  an hour after 15:15                       message 2 changed',
      '  16:45   +8.5 %  momentum fires                            message 2 changed',
      '  17:30   +9.0 %  momentum fires                            message 2 changed',
      '  18:15   +9.5 %  momentum fires                            message 2 changed',
      '  19:00  +10.0 %  momentum fires                            message 2 changed',
      '  19:45  +10.5 %  momentum fires                            message 3 posted',
      '',
      '  3 messages, changed 11 times. Where messages cannot be changed, such as the console: 10 messages.',
    ]);
  });

  it('follows both settings', () => {
    const grouped = sentIn(timelineOf({ 'episodes.groupFor': '4h', 'episodes.repeatAfter': 'off' }));
    expect(grouped.filter((line) => line.includes('posted'))).toStrictEqual(['12:15 message 1 posted']);
    const repeated = sentIn(timelineOf({ 'episodes.repeatAfter': '45m' }));
    expect(repeated.slice(0, 5)).toStrictEqual([
      '12:15 message 1 posted',
      '12:30 message 1 changed',
      '12:45 message 1 changed',
      // What the cooldown withholds is growth of the first; the longer bars are told anew.
      '13:00 message 2 posted · message 1 changed',
      '13:15 message 1 changed',
    ]);
    const alone = timelineOf({ 'episodes.groupFor': 'off' });
    expect(sentIn(alone).every((line) => line.endsWith('posted'))).toBe(true);
    expect(alone.at(-1)).toBe('  10 messages. Where messages cannot be changed, such as the console: 10 messages.');
  });

  it.each([
    ['momentum', { 'pipeline.escalationStep': 2 }, 'by 2 of m_1'],
    ['classic', { 'pipeline.type': 'classic', 'pipeline.escalationStep': '5%' }, 'by 5 of changePct'],
    [
      'rules',
      {
        'pipeline.type': 'rules',
        'pipeline.rules': [{ use: 'momentum', id: 'mine', escalation: { measure: 'm_1', step: 1 }, cooldown: '30m' }],
      },
      'by 1 of m_1',
    ],
  ])('shows a step of the %s pipeline where it is asked for', (_, given, escalation) => {
    const lines = timelineOf(given);
    expect(lines[1]).toContain(`escalation ${escalation}`);
    expect(sentIn(lines)).toContain('13:00 message 2 posted, with a link to message 1');
  });

  it('follows the length of the bars, where they are longer', () => {
    const [title, settings, ...lines] = timelineOf({ 'source.interval': '1h' });
    expect(title).toContain('in bars of 1h');
    expect(settings).toContain('episodes.groupFor 4h · episodes.repeatAfter 16h');
    expect(sentIn(lines).slice(0, 2)).toStrictEqual(['13:00 message 1 posted', '14:00 message 1 changed']);
    expect(timelineOf({ 'source.interval': '1m' })[0]).toContain('in bars of 15m');
    // Nothing is longer than a day.
    expect(timelineOf({ 'source.interval': '1d' }).join('\n')).not.toContain('on bars of');
  });
});
