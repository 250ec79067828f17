import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import { complaintsAbout } from '../../../src/simulator/discord-form.js';
import { strengthOf } from '../../../src/model/strength.js';
import { fitEmbed } from '../../../src/sinks/discord/limits.js';
import { styleOf } from '../../../src/sinks/discord/card.js';
import { compose, composeEpisode } from '../../../src/sinks/discord/message.js';
import { AGAIN, alert, FIRST, HOSTILE, OPEN_MS } from '../../support/alerts.js';

const wire = (told: Alert, attempt = FIRST): Record<string, unknown> =>
  JSON.parse(JSON.stringify(compose(told, attempt, null).message)) as Record<string, unknown>;

const ALL = { P: 9, V: 3.5, E: 2.25, X: 0.75, T: 1, B: 0.5, I: 0.2 };
const count = (text: string): number => [...text].length;

describe('the message to Discord', () => {
  it('is one embed with everything in its place', () => {
    expect(wire(alert({ strength: strengthOf(ALL), peers: ['ETHUSDT'] }), AGAIN)).toStrictEqual({
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: '▲ BTCUSDT  +2.41%',
          description: [
            '⚠️ **may be a repeat: an earlier copy may have arrived**',
            '▰▰▰▰▰▰▰▱▱▱  **7.0 of 10** unusual',
            '59793.1 → **61234.5**',
            '15m · USD-M perpetual · closed <t:1786018500:R> · [chart](https://www.binance.com/en/futures/BTCUSDT)',
            '✅ nothing doubtful in the data',
          ].join('\n'),
          color: 3066993,
          fields: [
            {
              name: 'Move',
              value:
                '**4.21 ATR** over 1 bar\nneeds 3.00 ATR\n2.41% over 1 bar\nATR of 14 bars, of price: n/a (not enough bars yet)',
              inline: true,
            },
            {
              name: 'Volume',
              value:
                '**5.10 σ** log, over 20 bars\nneeds 3.00 σ\n1.24M quote/h liquidity (needs 10K quote/h)\n1.23K base · 75M quote',
              inline: true,
            },
            {
              name: 'What makes it 7.0 of 10',
              value: 'move +3.0, volume +1.3, beyond the market +0.8, rank +0.5, trend +1.0, breakout +0.3, takers +0.3',
              inline: false,
            },
            { name: 'Moving alike', value: 'ETHUSDT', inline: false },
            {
              name: 'Bar',
              value: '2026-08-06 12:00–12:15 UTC\nopen 59793.1 · high 61300.0 · low 59700.0 · close 61234.5',
              inline: false,
            },
            { name: 'Data', value: '98.7% of the expected series had arrived · bar heard on the stream', inline: false },
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
      embeds: [{ title: expect.stringMatching(/^▼/), color: 0xe74c3c }],
    });
  });

  it('tells the doubts about the data in its headline, once', () => {
    const [{ description, fields }] = compose(alert({ shortHistory: true, coverage: 0.5 }), FIRST, null).message.embeds;
    expect(description).toContain('⚠️ 50% of the expected series had arrived · young series: its whole life');
    expect(fields.find(({ name }) => name === 'Data')?.value).toBe('bar heard on the stream');
  });

  it('tells the wanted fields in the wanted order, and n/a for what no measure tells', () => {
    const [{ fields }] = compose(alert(), FIRST, null, styleOf({ fields: ['funding', 'volume', 'peers'] })).message.embeds;
    expect(fields.map(({ name, value }) => `${name}: ${value.split('\n')[0]}`)).toStrictEqual([
      'Funding: n/a (no measure tells it)',
      'Volume: **5.10 σ** log, over 20 bars',
      'Moving alike: none',
    ]);
  });

  it('is told by a template in place of the card, with the footer that says which alert it is', () => {
    const [embed] = compose(alert(), AGAIN, null, styleOf({ template: 'classic' })).message.embeds;
    expect(embed).toStrictEqual({
      description: [
        '⚠️ **may be a repeat: an earlier copy may have arrived**',
        '🚨 **MOMENTUM ALERT** 🚨',
        '**BTCUSDT**',
        'Volume: 5.10 σ',
        'Price: +2.41%',
        'Timeframe: 15m',
      ].join('\n'),
      color: 3066993,
      fields: [],
      footer: { text: 'id abcdefghijklmnop · attempt 2 · may be a repeat' },
      timestamp: '2026-08-06T12:15:00.000Z',
    });
  });

  it('tells an episode: how far it went, and its alerts below the headline', () => {
    const opened = alert({ strength: strengthOf(ALL) });
    const entries = [
      { id: 'e', rule: 'momentum', interval: '15m', decisionTimeMs: OPEN_MS, close: 61234.5, strength: 8.5 } as const,
    ];
    const { market, symbol, direction } = opened;
    const episode = {
      ...{ id: opened.id, market, symbol, direction, opened, entries, fired: 2, toldAtMs: OPEN_MS, version: 1 },
      ...{ furthest: { close: 62000, atMs: OPEN_MS }, fadedAtMs: null, outcome: null },
    };
    const { message } = composeEpisode(episode, {}, { image: 'attachment://a.png' });
    const [{ title, description, fields, footer, image }] = message.embeds;
    expect(message.allowed_mentions).toStrictEqual({ parse: [] });
    expect(title).toBe('▲ BTCUSDT  +2.41% → +3.69%');
    expect(description).toContain('▰▰▰▰▰▰▰▰▱▱  **8.5 of 10** unusual');
    expect(fields[0]).toStrictEqual({
      name: 'Episode',
      value: '<t:1786017600:R> 15m momentum at 61234.5 · 8.5 of 10\n1 more in between\n<t:1786017600:R> furthest 62000.0',
      inline: false,
    });
    expect([footer.text, image?.url]).toStrictEqual(['id abcdefghijklmnop · attempt 1 · 2 alerts', 'attachment://a.png']);
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
    expect(count(over.embed.title ?? '')).toBe(256);
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

  it('lets no mention and no markup of a symbol through', () => {
    for (const symbol of HOSTILE) {
      const [{ title }] = compose(alert({ symbol }), FIRST, null).message.embeds;
      expect(title).not.toMatch(/@(?!\u200b)|(?<!\\)(?:\\\\)*[*_~|`<[]/);
    }
  });
});
