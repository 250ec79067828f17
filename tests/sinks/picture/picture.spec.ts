import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Scene } from '../../../src/model/scene.js';
import { escapeXml, isDrawable } from '../../../src/sinks/picture/lettering.js';
import { drawPicture, layOut } from '../../../src/sinks/picture/picture.js';
import type { Placement } from '../../../src/sinks/picture/placement.js';
import { HEIGHT, WIDTH } from '../../../src/sinks/picture/placement.js';
import type { ThemeName } from '../../../src/sinks/picture/theme.js';
import { THEMES } from '../../../src/sinks/picture/theme.js';
import { anyAlert, HOSTILE } from '../../support/alerts.js';
import { sharedPathOrSay } from '../../support/shared.js';
import { alertOf, INTERVAL_MS, quietThen, readBars, sceneOf } from './scenes.js';

const require = createRequire(import.meta.url);
const fontPath = (name: string): string => require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);
const FONT = {
  loadSystemFonts: false,
  fontFiles: [fontPath('DejaVuSans'), fontPath('DejaVuSans-Bold')],
  defaultFontFamily: 'DejaVu Sans',
};

const drawn = (alert: Alert, scene: Scene, theme: ThemeName = 'dark'): string => {
  const svg = drawPicture(alert, scene, theme);
  if (svg === null) throw new Error('nothing was drawn');
  return svg;
};

const placed = (scene: Scene): Placement => {
  const placement = layOut(scene);
  if (placement === null) throw new Error('nothing was placed');
  return placement;
};

type Ink = 'paper' | 'grid' | 'text' | 'muted' | 'up' | 'down' | 'other';

/** The picture as it is seen, and the ink of each of its points. */
const seen = (svg: string, theme: ThemeName = 'dark') => {
  const bytes = new Resvg(svg, { font: FONT }).render().asPng();
  const { width, height, data } = PNG.sync.read(bytes);
  const inks = new Map<string, Ink>(Object.entries(THEMES[theme]).map(([name, hex]) => [hex, name as Ink]));
  const ink = (x: number, y: number): Ink => {
    const at = 4 * (Math.floor(y) * width + Math.floor(x));
    const hex = [...data.subarray(at, at + 3)].map((value) => value.toString(16).padStart(2, '0')).join('');
    return inks.get(`#${hex}`) ?? 'other';
  };
  const count = (wanted: Ink, [fromX, toX]: readonly [number, number], [fromY, toY]: readonly [number, number]): number => {
    let found = 0;
    for (let y = Math.floor(fromY); y < toY; y++) for (let x = Math.floor(fromX); x < toX; x++) if (ink(x, y) === wanted) found++;
    return found;
  };
  return { bytes, width, height, ink, count };
};

/** Every code point that a TrueType font has, by its table of characters (format 4: the plane that all of ours are in). */
const charactersOf = (path: string): ReadonlySet<number> => {
  const font = readFileSync(path);
  const tables = Array.from({ length: font.readUInt16BE(4) }, (_, i) => 12 + 16 * i);
  const cmap = font.readUInt32BE((tables.find((at) => font.toString('latin1', at, at + 4) === 'cmap') ?? 0) + 8);
  const starts = Array.from({ length: font.readUInt16BE(cmap + 2) }, (_, i) => cmap + font.readUInt32BE(cmap + 4 + 8 * i + 4));
  const table = starts.find((at) => font.readUInt16BE(at) === 4) ?? 0;
  const segments = font.readUInt16BE(table + 6) / 2;
  const [ends, begins] = [table + 14, table + 16 + 2 * segments];
  const [deltas, offsets] = [begins + 2 * segments, begins + 4 * segments];
  const found = new Set<number>();
  for (let i = 0; i < segments; i++) {
    const [begin, end] = [font.readUInt16BE(begins + 2 * i), font.readUInt16BE(ends + 2 * i)];
    const offset = font.readUInt16BE(offsets + 2 * i);
    for (let code = begin; code <= end && code < 0xffff; code++) {
      const at = offsets + 2 * i + offset + 2 * (code - begin);
      const glyph = offset === 0 ? (code + font.readUInt16BE(deltas + 2 * i)) & 0xffff : font.readUInt16BE(at);
      if (glyph !== 0) found.add(code);
    }
  }
  return found;
};

describe('the picture of an alert', () => {
  const up = quietThen(96, 100, 112);

  it.each(['dark', 'light'] as const)('has the size that Discord shows whole, on %s paper', (theme) => {
    const { width, height, ink, bytes } = seen(drawn(alertOf(up), up, theme), theme);
    expect([width, height]).toStrictEqual([800, 418]);
    expect([ink(2, 2), ink(WIDTH - 3, HEIGHT - 3), ink(400, 200)]).toStrictEqual(['paper', 'paper', 'paper']);
    expect(bytes.length).toBeLessThan(60 * 1024);
  });

  it('shows each candle where its time and its prices are', () => {
    const scene = sceneOf([...Array.from({ length: 63 }, () => [100, 101, 99, 100.5, 10] as const), [100, 112, 99, 110, 90]]);
    const { ink } = seen(drawn(alertOf(scene), scene));
    const { candles, y } = placed(scene);
    const x = candles.at(-1)?.x ?? 0;
    for (const price of [105, 111, 99.5]) expect(ink(x, y(price))).toBe('up');
    for (const { x } of candles.slice(0, -1)) {
      expect(ink(x, y(100.25))).toBe('up');
      expect(ink(x, y(105))).not.toBe('up');
    }
  });

  it('tells falling bars from rising ones by their ink', () => {
    const down = quietThen(60, 100, 88);
    const picture = seen(drawn(alertOf(down), down));
    const { candles, y } = placed(down);
    const x = candles.at(-1)?.x ?? 0;
    expect([picture.ink(x, y(94)), picture.ink(x, y(89))]).toStrictEqual(['down', 'down']);
    expect(picture.count('up', [x - 5, x + 5], [y(99), y(88)])).toBe(0);
  });

  it('marks the alerted bar: an arrow on the side it came from, a band, and its close in a tag at the axis', () => {
    for (const [to, ink] of [
      [112, 'up'],
      [88, 'down'],
    ] as const) {
      const scene = quietThen(96, 100, to);
      const picture = seen(drawn(alertOf(scene), scene));
      const { candles, y, right } = placed(scene);
      const x = candles.at(-1)?.x ?? 0;
      const beyond = to > 100 ? y(100) + 5 : y(100) - 15;
      expect(picture.count(ink, [x - 6, x + 6], [beyond, beyond + 10])).toBeGreaterThan(30);
      expect(picture.count(ink, [right + 2, WIDTH - 8], [y(to) - 10, y(to) + 10])).toBeGreaterThan(300);
      expect(picture.ink(x + 3, 200)).toBe('other');
      expect(picture.ink(x - 30, 150)).toBe('paper');
    }
  });

  it('shows volumes below, the alerted one in full ink and the highest to the top', () => {
    const picture = seen(drawn(alertOf(up), up));
    const { candles, volumeY } = placed(up);
    const [before, last] = candles.slice(-2).map(({ x }) => x) as [number, number];
    expect([picture.ink(last, volumeY(990)), picture.ink(last, volumeY(500))]).toStrictEqual(['up', 'up']);
    expect(picture.ink(before, volumeY(50))).toBe('other');
    expect(picture.ink(before - 20, volumeY(500))).toBe('paper');
  });

  it('says symbol, change, interval, market, close, and how much volume that is', () => {
    const svg = drawn(alertOf(up), up);
    for (const part of ['>BTCUSDT<', '>+12.00%<', '15m · USD-M perpetual · closed 12:15 UTC, 6 Aug', '>112<'])
      expect(svg).toContain(part);
    expect(svg).toContain('volume 1K · 10× the median of 20 bars before');
  });

  it('says the strength where there is one, and nothing in its place where there is none', () => {
    const strength = { version: 1, value: 7.25, coverage: 1, parts: [] };
    expect(drawn(alertOf(up, { strength }), up)).toMatch(/>7\.\d<tspan[^>]*>\s*of 10</);
    expect(drawn(alertOf(up), up)).not.toContain('of 10');
    expect(drawn(alertOf(up, { strength: { ...strength, value: null } }), up)).not.toContain('of 10');
  });

  it('compares no volume with fewer than ten bars, and shows none where none is known', () => {
    const few = quietThen(10, 100, 112);
    expect(drawn(alertOf(few), few)).toContain('>volume 1K<');
    const unknown = { ...up, volume: up.volume.map(() => null) };
    expect(drawn(alertOf(unknown), unknown)).not.toContain('volume');
    expect(placed(unknown).priceBottom).toBeGreaterThan(placed(up).priceBottom);
  });

  it('says why a young series leaves it empty', () => {
    const young = quietThen(5, 100, 112);
    expect(drawn(alertOf(young, { shortHistory: true }), young)).toContain('young series: 5 bars so far');
    expect(drawn(alertOf(young), young)).not.toContain('young');
    expect(drawn(alertOf(up, { shortHistory: true }), up)).not.toContain('young');
  });

  it('does without a scene that holds no bar or no number', () => {
    expect(drawPicture(alertOf(up), sceneOf([]), 'dark')).toBeNull();
    expect(drawPicture(alertOf(up), sceneOf([[1, 2, Number.NaN, 1, 1]]), 'dark')).toBeNull();
    expect(drawPicture(alertOf(up), sceneOf([[1, Infinity, 1, 1, 1]]), 'dark')).toBeNull();
  });

  it('leaves a hole where bars are missing, and shows no bar older than 96 of them', () => {
    const holed = { ...up, openTimesMs: up.openTimesMs.map((timeMs, i) => (i < 90 ? timeMs - 50 * INTERVAL_MS : timeMs)) };
    const placement = placed(holed);
    expect(placement.candles).toHaveLength(96 - 50);
    const [a = 0, b = 0] = placement.candles.slice(-7, -5).map(({ x }) => x);
    expect((b - a) / placement.slotWidth).toBeCloseTo(51, 0);
  });
});

describe('text from outside in a picture', () => {
  const scene = quietThen(40, 100, 112);

  it('is shown only where the font has all of its letters', () => {
    const had = charactersOf(fontPath('DejaVuSans-Bold'));
    for (let code = 0; code < 0x3000; code++) if (isDrawable(`x${String.fromCharCode(code)}`)) expect(had).toContain(code);
    for (const symbol of ['BTCUSDT', '1000PEPEUSDT', 'BTCUSDT_260925', 'ÄΩЖUSDT']) expect(isDrawable(symbol)).toBe(true);
  });

  it.each(['币安人生USDT', '🚀🌕USDT', '', '   ', '\u202eTDSU', 'x'.repeat(25)])(
    'is left out where it cannot be: %j',
    (symbol) => {
      const svg = drawn(alertOf(scene, { symbol }), scene);
      expect(svg).toContain('<tspan fill="#3ddc97">+12.00%</tspan>');
      if (symbol !== '') expect(svg).not.toContain(escapeXml(symbol));
    },
  );

  it('cannot become markup', () => {
    const svg = drawn(alertOf(scene, { symbol: `</text><g x="'&` }), scene);
    expect(svg).toContain('&lt;/text&gt;&lt;g x=&quot;&#39;&amp;');
    expect(seen(svg).width).toBe(800);
  });

  it('never breaks the picture, whatever alert it is of', () => {
    fc.assert(
      fc.property(anyAlert, fc.constantFrom('dark', 'light'), (alert, theme) => {
        const svg = drawn(alert, scene, theme);
        expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
        expect(new Resvg(svg, { font: { loadSystemFonts: false } }).width).toBe(800);
      }),
      { numRuns: 200 },
    );
    for (const symbol of HOSTILE) drawn(alertOf(scene, { symbol }), scene);
  });
});

describe('a scene of any numbers', () => {
  const price = fc.oneof(fc.double({ min: 1e-12, max: 1e9, noNaN: true }), fc.constantFrom(1e-7, 1, 100_000));
  const cells = fc
    .tuple(price, price, fc.option(fc.double({ min: 0, max: 1e15, noNaN: true })))
    .map(([open, close, volume]) => [open, Math.max(open, close), Math.min(open, close), close, volume] as const);

  it('is drawn within its paper', () => {
    fc.assert(
      fc.property(fc.array(cells, { minLength: 1, maxLength: 96 }), (bars) => {
        const scene = sceneOf(bars);
        const svg = drawn(alertOf(scene), scene);
        expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
        const placement = placed(scene);
        for (const [, high, low] of bars) {
          expect(placement.y(high)).toBeGreaterThanOrEqual(92);
          expect(placement.y(low)).toBeLessThanOrEqual(placement.priceBottom);
        }
      }),
      { numRuns: 200 },
    );
  });

  const folder = sharedPathOrSay('pictures of recorded bars', 'data', 'klines', 'usdm');
  it.skipIf(folder === null)('stays below 60 KB over recorded bars', () => {
    const recorded: readonly (readonly [name: string, ms: number])[] = [
      ['AAVEUSDT-15m-20251001_20251022.csv.gz', 900_000],
      ['1000PEPEUSDT-1h-20241101_20241215.csv.gz', 3_600_000],
      ['ACTUSDT-1m-20250619_20250622.csv.gz', 60_000],
    ];
    for (const [name, intervalMs] of recorded) {
      const bars = readBars(`${folder}/${name}`, intervalMs);
      for (let end = 96; end < bars.length; end += Math.floor(bars.length / 8)) {
        const shown = bars.slice(end - 96, end);
        const scene = sceneOf(
          shown.map(({ cells: each }) => each),
          { intervalMs, openTimesMs: shown.map(({ timeMs }) => timeMs) },
        );
        expect(seen(drawn(alertOf(scene), scene)).bytes.length).toBeLessThan(60 * 1024);
      }
    }
  });
});
