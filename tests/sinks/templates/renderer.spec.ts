import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import { strengthOf } from '../../../src/model/strength.js';
import type { Escape } from '../../../src/sinks/templates/markups.js';
import { renderer } from '../../../src/sinks/templates/renderer.js';
import { AGAIN, alert, FIRST, HOSTILE, OPEN_MS } from '../../support/alerts.js';
import { anyEpisode, anyToldAlert } from '../../support/told-alerts.js';

const strength = strengthOf({ P: 9, V: 3.5, E: 2.25, X: 0.75, T: 1, B: 0.5, I: 0.2 });
const text = (template: string, given: Partial<Alert> = {}, escape: Escape = 'plain', attempt = FIRST): string =>
  renderer({ template, escape })(alert({ strength, ...given }), attempt);

describe('the renderer of templates', () => {
  it('tells the classic message: a heading and the four lines of the first scanner', () => {
    const measures = { spikePct: 312.4567, changePct: 5.5 };
    expect(text('classic', { measures }, 'discord')).toBe(
      ['🚨 **MOMENTUM ALERT** 🚨', '**BTCUSDT**', 'Volume: +312.5%', 'Price: +2.41%', 'Timeframe: 15m'].join('\n'),
    );
    const bar = { ...alert().bar, close: 56803.4 };
    expect(text('classic', { measures, bar, direction: 'down' })).toContain('\nPrice: -5.00%\n');
  });

  it('tells the volume of another rule as that rule measured it, and invents none', () => {
    expect(text('classic')).toContain('\nVolume: 5.10 σ\n');
    expect(text('classic', { measures: { spikePct: null }, reasons: { spikePct: 'zero-volume' } })).toContain(
      '\nVolume: n/a (what it is compared with has no volume)\n',
    );
    expect(text('classic', { measures: {} })).toContain('\nVolume: n/a (no measure tells it)\n');
  });

  it('tells everything on one line', () => {
    expect(text('compact', {}, 'discord')).toBe(
      '▲ **BTCUSDT** **+2.41%** at 61234.5 · 7.0 of 10 · 15m · closed <t:1786018500:R> · [chart](https://www.binance.com/en/futures/BTCUSDT)',
    );
    expect(text('compact', { shortHistory: true, symbol: 'A B' })).toMatch(/12:15 UTC · ⚠️ young series: [^·]*$/);
  });

  it('tells everything that is known, topic by topic', () => {
    const lines = text('full', { peers: ['ETHUSDT'] }).split('\n');
    expect(lines.slice(0, 3)).toStrictEqual([
      '▲ BTCUSDT +2.41% · 15m · USD-M perpetual',
      '61234.5 from 59793.1 · closed 2026-08-06 12:15 UTC · chart: https://www.binance.com/en/futures/BTCUSDT',
      'Move: 4.21 ATR over 1 bar (needs 3.00 ATR) · 2.41% over 1 bar · ATR of 14 bars, of price: n/a (not enough bars yet)',
    ]);
    for (const start of [
      'Volume: ',
      'Strength: 7.0 of 10',
      'Moving alike: ETHUSDT',
      'Bar: 2026-08-06 12:00–12:15',
      'Data: 98.7%',
    ])
      expect(lines.some((line) => line.startsWith(start))).toBe(true);
    expect(lines.at(-1)).toBe('id abcdefghijklmnop · attempt 1');
  });

  it('tells the wanted fields in the wanted order', () => {
    const render = renderer({
      template: '{% for field in fields %}{{ field.name }};{% endfor %}',
      fields: ['strength', 'funding', 'move'],
      escape: 'plain',
    });
    expect(render(alert(), FIRST)).toBe('strength;funding;move;');
  });

  it('says that it may be a repeat, and that nothing is settled yet, whether or not the template thinks of it', () => {
    expect(text('{{ symbol }}', {}, 'plain', AGAIN)).toBe('⚠️ may be a repeat: an earlier copy may have arrived\nBTCUSDT');
    expect(text('{{ symbol }} {{ repeat }}', {}, 'plain', AGAIN)).toBe(
      'BTCUSDT may be a repeat: an earlier copy may have arrived',
    );
    expect(text('{{ symbol }}', { grade: 'early', decisionTimeMs: OPEN_MS + 451_000 })).toBe(
      'EARLY: seen at 12:07:31 UTC on the bar that is still forming; it may fade\nBTCUSDT',
    );
  });

  it('adds how an episode went on', () => {
    const [episode] = fc.sample(anyEpisode, { numRuns: 1, seed: 1 });
    const opened = alert();
    const entry = { id: 'e', rule: 'momentum', interval: '15m', decisionTimeMs: OPEN_MS, close: 61234.5, strength: 7 } as const;
    const told = {
      ...episode!,
      opened,
      entries: [entry],
      fired: 1,
      furthest: { close: 62000, atMs: OPEN_MS },
      fadedAtMs: null,
      outcome: null,
    };
    expect(renderer({ template: '{{ symbol }}', escape: 'plain' })(opened, FIRST, told)).toBe(
      'BTCUSDT\n2026-08-06 12:00 UTC: 15m momentum at 61234.5 · 7.0 of 10\n2026-08-06 12:00 UTC: furthest 62000.0',
    );
  });

  it('escapes every output but what our own filters have marked up', () => {
    const symbol = '<b>*x*</b>@all';
    expect(text('{{ symbol }} {{ symbol | bold }}', { symbol }, 'html')).toBe(
      '&lt;b&gt;*x*&lt;/b&gt;@\u200ball <b>&lt;b&gt;*x*&lt;/b&gt;@\u200ball</b>',
    );
    for (const spoiling of ['append: ""', 'upcase', 'replace: "a", "a"', 'strip', 'truncate: 100'])
      expect(text(`{{ symbol | bold | ${spoiling} }}`, { symbol }, 'html')).toMatch(/^(?:<b>)?&lt;[^<>]*(?:<\/b>)?$/);
    expect(text("{{ 'x' | bold | append: symbol }}", { symbol }, 'html')).toBe('x&lt;b&gt;*x*&lt;/b&gt;@\u200ball');
    expect(text("{{ 'a' | link: symbol }}", { symbol: 'javascript:alert(1)' }, 'html')).toBe('a');
    expect(text("{{ 'a' | link: 'https://x/\" onclick=' }}", {}, 'html')).toBe('a');
  });

  it('lets nothing of a hostile symbol through, for any sink', () => {
    for (const symbol of HOSTILE) {
      expect(text('full', { symbol, measures: { [symbol]: 1 } }, 'html')).not.toMatch(/<(?!\/?b>|\/?a[ >])|@(?!\u200b)/);
      expect(text('compact', { symbol }, 'slack')).not.toMatch(/<(?!https:\/\/www\.binance\.com|!date\^)|@(?!\u200b)/);
    }
  });

  it('does not change with what was rendered before', () => {
    const render = renderer({ template: 'full', escape: 'discord' });
    const first = render(alert(), FIRST);
    render(alert({ symbol: 'OTHER' }), AGAIN);
    expect(render(alert(), FIRST)).toBe(first);
  });

  it('gives way to the full template when a template runs out of its limits', () => {
    const greedy = "{% if symbol == 'BTCUSDT' %}{% for i in (1..10000000) %}{{ i }}{% endfor %}{% endif %}fine";
    expect(text(greedy)).toBe(text('full'));
    expect(text(greedy, { symbol: 'OTHER' })).toBe('fine');
  });

  it('loses whole lines from its end when it is too long, and never a half of a mark', () => {
    const render = renderer({ template: 'full', escape: 'html', max: 300 });
    const whole = renderer({ template: 'full', escape: 'html' })(alert(), FIRST).split('\n');
    const cut = render(alert(), FIRST).split('\n');
    expect(cut.at(-1)).toBe('…');
    expect(cut.slice(0, -1)).toStrictEqual(whole.slice(0, cut.length - 1));
    expect(renderer({ template: 'compact', escape: 'html', max: 20 })(alert(), FIRST)).toBe('▲ BTCUSDT +2.41% at…');
  });

  it('keeps its limit whatever the alert holds, with marks that are whole', () => {
    const templates = ['classic', 'compact', 'full', '{{ symbol | bold }}{{ rule | bold }}\n{{ data }}'];
    const given = fc.tuple(
      anyToldAlert,
      fc.option(anyEpisode, { nil: undefined }),
      fc.constantFrom(...templates),
      fc.constantFrom<Escape[]>('plain', 'discord', 'html', 'slack'),
      fc.integer({ min: 1, max: 5_000 }),
    );
    fc.assert(
      fc.property(given, fc.boolean(), ([told, episode, template, escape, max], mayRepeat) => {
        const out = renderer({ template, escape, max })(told, { number: 2, mayRepeat }, episode);
        expect([...out].length).toBeLessThanOrEqual(max);
        expect(out).not.toMatch(/[^\P{Cc}\n]|\p{Cs}|[\u202a-\u202e\u2066-\u2069]|NaN|Infinity|undefined|\[object/u);
        if (escape === 'html') for (const mark of ['b', 'a']) expect(count(out, `<${mark}[ >]`)).toBe(count(out, `</${mark}>`));
      }),
      { numRuns: 500, endOnFailure: true },
    );
  });
});

const count = (text: string, pattern: string): number => text.match(new RegExp(pattern, 'g'))?.length ?? 0;
