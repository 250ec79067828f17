import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import { complaintsAbout, isEmptyMessage } from '../../../src/simulator/discord-form.js';
import { fitEmbed } from '../../../src/sinks/discord/limits.js';
import { compose, neutral } from '../../../src/sinks/discord/message.js';
import { AGAIN, alert, anyAlert, FIRST, HOSTILE, OPEN_MS } from '../../support/alerts.js';

const wire = (told: Alert, attempt = FIRST): Record<string, unknown> =>
  JSON.parse(JSON.stringify(compose(told, attempt, null).message)) as Record<string, unknown>;

const count = (text: string): number => [...text].length;

describe('the message to Discord', () => {
  it('is one embed with everything in its place', () => {
    expect(wire(alert(), AGAIN)).toStrictEqual({
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: '▲ BTCUSDT  +2.41%',
          description: [
            '15m · USD-M perpetual · closed <t:1786018500:R>',
            '**61234.5** from 59793.1',
            '⚠️ **may be a repeat: an earlier copy may have arrived**',
          ].join('\n'),
          color: 3066993,
          fields: [
            { name: 'move over 1 bar', value: '**4.21 ATR**\nneeds 3.00 ATR', inline: true },
            { name: 'log volume against 20 bars', value: '**5.10 σ**\nneeds 3.00 σ', inline: true },
            { name: 'liquidity', value: '**1.24M quote/h**\nneeds 10K quote/h', inline: true },
            { name: 'change over 1 bar', value: '2.41%', inline: true },
            { name: 'ATR of 14 bars, of price', value: 'n/a (not enough bars yet)', inline: true },
            { name: 'bar', value: '2026-08-06 12:00–12:15 UTC\nvolume 1.23K base · 75M quote', inline: false },
            { name: 'data', value: '98.7% of the expected series had arrived\nbar heard on the stream', inline: false },
          ],
          footer: { text: 'id abcdefghijklmnop · attempt 2 · may be a repeat' },
          timestamp: '2026-08-06T12:15:00.000Z',
        },
      ],
    });
    expect(OPEN_MS % 900_000).toBe(0);
  });

  it('is red on the way down', () => {
    expect(wire(alert({ direction: 'down' }))).toMatchObject({
      embeds: [{ title: expect.stringMatching(/^▼/), color: 10038562 }],
    });
  });

  it('keeps every limit whatever the alert holds', () => {
    fc.assert(
      fc.property(anyAlert, fc.boolean(), (told, mayRepeat) => {
        const body = wire(told, { number: 3, mayRepeat });
        expect(complaintsAbout(body)).toStrictEqual([]);
        expect(isEmptyMessage(body)).toBe(false);
        expect(JSON.stringify(body)).not.toMatch(/\\ud[89a-f]|[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/iu);
      }),
      { numRuns: 300 },
    );
  });

  it('fits any embed into the limits, and says whether something was lost', () => {
    const text = (max: number) =>
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: max }),
        fc.constantFrom('', ' ', '\\', '🦜'.repeat(max), '\\'.repeat(max)),
      );
    const anyEmbed = fc.record({
      title: text(300),
      description: text(5_000),
      color: fc.constant(1),
      fields: fc.array(fc.record({ name: text(300), value: text(1_200), inline: fc.boolean() }), { maxLength: 30 }),
      footer: fc.record({ text: text(3_000) }),
    });
    fc.assert(
      fc.property(anyEmbed, (embed) => {
        const { embed: fitted, shortened } = fitEmbed(embed);
        const body = { embeds: [fitted] };
        expect(complaintsAbout(body)).toStrictEqual([]);
        if (complaintsAbout({ embeds: [embed] }).length === 0) expect(shortened).toBe(false);
        const again = fitEmbed(fitted);
        expect(again).toStrictEqual({ embed: fitted, shortened: false });
      }),
      { numRuns: 300 },
    );
  });

  it('cuts at the limit and not before, by code points', () => {
    const embed = { title: '', description: 'd', color: 1, fields: [], footer: { text: 'f' } };
    const parrots = (n: number): string => '🦜'.repeat(n);
    expect(fitEmbed({ ...embed, title: parrots(256) })).toMatchObject({ shortened: false, embed: { title: parrots(256) } });
    const over = fitEmbed({ ...embed, title: parrots(257) });
    expect(over).toMatchObject({ shortened: true, embed: { title: `${parrots(255)}…` } });
    expect(count(over.embed.title)).toBe(256);
    expect(fitEmbed({ ...embed, title: `${'a'.repeat(254)}\\*xx` }).embed.title).toBe(`${'a'.repeat(254)}…`);
    expect(fitEmbed({ ...embed, title: `${'a'.repeat(253)}\\\\xxx` }).embed.title).toBe(`${'a'.repeat(253)}\\\\…`);
  });

  it('keeps all embeds within 6000 characters by leaving fields out', () => {
    const fields = Array.from({ length: 25 }, (_, at) => ({ name: `n${at}`, value: 'v'.repeat(1024), inline: true }));
    const { embed, shortened } = fitEmbed({
      title: 't',
      description: 'd'.repeat(4096),
      color: 1,
      fields,
      footer: { text: 'id' },
    });
    expect(embed.fields).toHaveLength(1);
    expect(shortened).toBe(true);
  });

  it('says that a symbol was cut', () => {
    expect(compose(alert({ symbol: 'x'.repeat(64) }), FIRST, null).shortened).toBe(false);
    expect(compose(alert({ symbol: 'x'.repeat(65) }), FIRST, null).shortened).toBe(true);
  });

  it.each([
    ['@everyone', '@\u200beveryone'],
    ['<@123>', '\\<@\u200b123\\>'],
    ['<t:0:R>', '\\<t:0:R\\>'],
    ['**b** _i_ ~~s~~ ||h|| `c`', '\\*\\*b\\*\\* \\_i\\_ \\~\\~s\\~\\~ \\|\\|h\\|\\| \\`c\\`'],
    ['[text](https://evil.example)', '\\[text\\](https:\u200b//evil.example)'],
    ['# heading', '\\# heading'],
    ['-# small', '\\-# small'],
    ['1. list', '1\\. list'],
    ['> quote', '\\> quote'],
    ['\\', '\\\\'],
    ['币安人生USDT', '币安人生USDT'],
    ['1000SHIBUSDT', '1000SHIBUSDT'],
  ])('takes the meaning out of %s', (text, neutralised) => {
    expect(neutral(text)).toBe(neutralised);
  });

  it('lets no mention and no markup of a symbol through', () => {
    for (const symbol of HOSTILE) {
      const [{ title }] = compose(alert({ symbol }), FIRST, null).message.embeds;
      expect(title).not.toMatch(/@(?!\u200b)|(?<!\\)(?:\\\\)*[*_~|`<[]/);
    }
  });
});
