import { describe, expect, it } from 'vitest';
import { MARKUPS } from '../../../src/sinks/templates/markups.js';

const AT_MS = 1_786_018_500_999;

describe('the markups of sinks', () => {
  it.each([
    ['@everyone', '@\u200beveryone'],
    ['<@123>', '\\<@\u200b123\\>'],
    ['<t:0:R>', '\\<t:0:R\\>'],
    ['**b** _i_ ~~s~~ ||h|| `c`', '\\*\\*b\\*\\* \\_i\\_ \\~\\~s\\~\\~ \\|\\|h\\|\\| \\`c\\`'],
    ['[text](https://evil.example)', '\\[text\\](https:\u200b//evil.example)'],
    ['# heading', '\\# heading'],
    ['-# small', '\\-# small'],
    ['- list', '\\- list'],
    ['-4.20 ATR', '-4.20 ATR'],
    ['1. list', '1\\. list'],
    ['1.24M', '1.24M'],
    ['> quote', '\\> quote'],
    ['\\', '\\\\'],
    ['币安人生USDT', '币安人生USDT'],
  ])('take the meaning out of %s for Discord', (text, neutralised) => {
    expect(MARKUPS.discord.escape(text)).toBe(neutralised);
  });

  it.each([
    ['<b>&"</b>', '&lt;b&gt;&amp;&quot;&lt;/b&gt;'],
    ['https://evil.example @all', 'https:\u200b//evil.example @\u200ball'],
    ['**bold**', '**bold**'],
  ])('take the meaning out of %s for HTML', (text, neutralised) => {
    expect(MARKUPS.html.escape(text)).toBe(neutralised);
  });

  it.each([
    ['<!channel> & <@U1>', '&lt;!channel&gt; &amp; &lt;@\u200bU1&gt;'],
    ['*b* ~s~ `c`', '∗b∗ ∼s∼ ˋcˋ'],
    ['_i_ BTCUSDT_260925', 'ˍiˍ BTCUSDT_260925'],
    ['https://evil.example', 'https:\u200b//evil.example'],
  ])('take the meaning out of %s for Slack', (text, neutralised) => {
    expect(MARKUPS.slack.escape(text)).toBe(neutralised);
  });

  it('leave plain text as it is', () => {
    expect(MARKUPS.plain.escape('<b> *x* @all https://x')).toBe('<b> *x* @all https://x');
  });

  it('mark up each in its own way', () => {
    const shown = Object.values(MARKUPS).map(({ bold, link, moment }) => [
      bold('b'),
      link('l', 'https://a.example/?a=1&b'),
      moment(AT_MS),
    ]);
    expect(shown).toStrictEqual([
      ['b', 'l: https://a.example/?a=1&b', '2026-08-06 12:15 UTC'],
      ['**b**', '[l](https://a.example/?a=1&b)', '<t:1786018500:R>'],
      ['<b>b</b>', '<a href="https://a.example/?a=1&amp;b">l</a>', '2026-08-06 12:15 UTC'],
      ['*b*', '<https://a.example/?a=1&amp;b|l>', '<!date^1786018500^{date_short_pretty} {time}|2026-08-06 12:15 UTC>'],
    ]);
  });

  it('have words for a time that is none', () => {
    for (const { moment } of Object.values(MARKUPS))
      for (const at of [NaN, -1, 1e300]) expect(moment(at)).toBe('at a time unknown');
  });
});
