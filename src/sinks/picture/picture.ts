import type { Alert } from '../../model/alert.js';
import type { Scene } from '../../model/scene.js';
import type { Market } from '../../model/series.js';
import { strengthText } from '../../model/strength.js';
import { changeText, decimal, quantity, rounded } from '../words/numbers.js';
import { clockText, dayText, priceTicks, timeTicks } from './axes.js';
import { at, escapeXml, FONT_FAMILY, isDrawable, letter, numberWidth } from './lettering.js';
import type { PlacedCandle, Placement } from './placement.js';
import { HEIGHT, LEFT, place, PRICE_TOP, SLOTS_MIN, VOLUME_BOTTOM, VOLUME_TOP, WIDTH } from './placement.js';
import type { Theme, ThemeName } from './theme.js';
import { THEMES } from './theme.js';

/** Bars before the alerted one whose middle volume is what is usual. */
const USUAL_BARS = 20;
const USUAL_BARS_MIN = 10;
const TICKS = 5;
const TICK_SIZE = 12;
const TIME_TICK_WIDTH = 84;
const MARKET_WORDS: Readonly<Record<Market, string>> = { usdm: 'USD-M perpetual', spot: 'spot' };

const inkOf = (rises: boolean, theme: Theme): string => (rises ? theme.up : theme.down);

const box = (x: number, y: number, width: number, height: number): string =>
  `M${at(x)} ${at(y)}h${at(width)}v${at(height)}h${at(-width)}z`;

/** All boxes of one ink as one path: a picture of a hundred bars is then a dozen elements. */
const path = (boxes: readonly string[], fill: string, more = ''): string =>
  boxes.length === 0 ? '' : `<path d="${boxes.join('')}" fill="${fill}"${more}/>`;

/** What stands in the way of reading a price: no more digits than eight that say something. */
const priceText = (price: number): string => decimal(Number(price.toPrecision(8)));

/** Wick and body of one bar. A body without height is a line. */
const candle = ({ x, index }: PlacedCandle, scene: Scene, { y, bodyWidth }: Placement): string => {
  const [open, close] = [Math.round(y(scene.open[index] as number)), Math.round(y(scene.close[index] as number))];
  const [high, low] = [Math.round(y(scene.high[index] as number)), Math.round(y(scene.low[index] as number))];
  const top = Math.min(open, close);
  return (
    box(x - 0.5, high, 1, Math.max(1, low - high)) + box(x - bodyWidth / 2, top, bodyWidth, Math.max(1, Math.abs(close - open)))
  );
};

const volumeBar = ({ x, index }: PlacedCandle, scene: Scene, { volumeY, bodyWidth }: Placement): string => {
  const volume = scene.volume[index];
  if (volume == null || !(volume > 0)) return '';
  const top = Math.min(VOLUME_BOTTOM - 1, Math.round(volumeY(volume)));
  return box(x - bodyWidth / 2, top, bodyWidth, VOLUME_BOTTOM - top);
};

/** The middle volume of the bars before the alerted one; `null` where too few are known. */
const usualVolume = (scene: Scene): number | null => {
  const known = scene.volume
    .slice(-1 - USUAL_BARS, -1)
    .filter((volume) => volume !== null && Number.isFinite(volume))
    .sort((a, b) => (a as number) - (b as number)) as number[];
  if (known.length < USUAL_BARS_MIN) return null;
  const half = known.length >> 1;
  const middle = known.length % 2 === 1 ? known[half] : ((known[half - 1] as number) + (known[half] as number)) / 2;
  return middle !== undefined && middle > 0 ? middle : null;
};

const title = (alert: Alert, scene: Scene, theme: Theme): string => {
  const { open, close } = alert.bar;
  const percent = 100 * (close / open - 1);
  const symbol = isDrawable(alert.symbol) ? `<tspan fill="${theme.text}">${escapeXml(alert.symbol)}</tspan>` : '';
  const change = Number.isFinite(percent)
    ? `<tspan${symbol === '' ? '' : ' dx="14"'} fill="${inkOf(percent >= 0, theme)}">${escapeXml(changeText(percent))}</tspan>`
    : '';
  const closedMs = (scene.openTimesMs.at(-1) as number) + scene.intervalMs;
  const when = `closed ${clockText(closedMs)} UTC, ${dayText(closedMs)}`;
  const series = `${alert.interval} · ${MARKET_WORDS[alert.market]} · ${when}`;
  return (
    `<text x="${LEFT}" y="46" font-size="27" font-weight="bold">${symbol}${change}</text>` +
    letter(LEFT, 70, series, { size: 13, fill: theme.muted })
  );
};

/** How unusual, of ten; nothing where too little is known. */
const strength = ({ strength: told }: Alert, theme: Theme): string => {
  if (told === undefined || told.value === null) return '';
  const x = WIDTH - LEFT;
  return (
    `<text x="${x}" y="46" font-size="27" font-weight="bold" text-anchor="end" xml:space="preserve" fill="${theme.text}">` +
    `${escapeXml(strengthText(told.value))}<tspan font-size="15" font-weight="normal" fill="${theme.muted}"> of 10</tspan></text>` +
    letter(x, 70, 'strength', { size: 13, fill: theme.muted, anchor: 'end' })
  );
};

/** Lines at round prices, and the close of the alerted bar in a tag of its own; a label too near to it gives way. */
const priceAxis = (placement: Placement, close: number, ink: string, theme: Theme): string => {
  const { y, right, low, high } = placement;
  const closeY = y(close);
  const ticks = priceTicks(low, high, TICKS);
  const lines = ticks.map(({ value }) => box(LEFT, Math.round(y(value)), right - LEFT, 1));
  const labels = ticks
    .filter(({ value }) => Math.abs(y(value) - closeY) > 17)
    .map(({ value, label }) => letter(right + 8, y(value) + 4.5, label, { size: TICK_SIZE, fill: theme.muted }));
  const text = priceText(close);
  const tag = `<rect x="${at(right + 2)}" y="${at(closeY - 10)}" width="${at(numberWidth(text, TICK_SIZE) + 12)}" height="20" rx="4" fill="${ink}"/>`;
  const dashes = `<path d="M${LEFT} ${at(Math.round(closeY) + 0.5)}H${at(right + 2)}" stroke="${ink}" stroke-dasharray="2 4" opacity="0.7"/>`;
  return (
    path(lines, theme.grid) +
    labels.join('') +
    dashes +
    tag +
    letter(right + 8, closeY + 4.5, text, { size: TICK_SIZE, fill: theme.paper, bold: true })
  );
};

const timeAxis = (placement: Placement, intervalMs: number, theme: Theme): string => {
  const { fromMs, toMs, slotWidth, xOfTime, right, priceBottom, hasVolume } = placement;
  const ticks = timeTicks(fromMs, toMs, (TIME_TICK_WIDTH / slotWidth) * intervalMs).filter(
    ({ value }) => xOfTime(value) > LEFT + 16 && xOfTime(value) < right - 26,
  );
  const lineAt = (x: number): string =>
    box(x, PRICE_TOP, 1, priceBottom - PRICE_TOP) + (hasVolume ? box(x, VOLUME_TOP, 1, VOLUME_BOTTOM - VOLUME_TOP) : '');
  const days = ticks.filter(({ isDay }) => isDay).map(({ value }) => lineAt(Math.floor(xOfTime(value))));
  const labels = ticks.map(({ value, label, isDay }) =>
    letter(xOfTime(value), 405, label, { size: TICK_SIZE, fill: isDay ? theme.text : theme.muted, anchor: 'middle' }),
  );
  const zone = letter(right + 8, 405, 'UTC', { size: TICK_SIZE, fill: theme.muted });
  return path(days, theme.grid) + labels.join('') + zone;
};

const bars = (scene: Scene, placement: Placement, theme: Theme): string =>
  [true, false]
    .map((rises) => {
      const those = placement.candles.filter((each) => each.rises === rises);
      const ink = inkOf(rises, theme);
      const volumes = placement.hasVolume
        ? those.map((each) => volumeBar(each, scene, placement)).filter((each) => each !== '')
        : [];
      return (
        path(
          those.map((each) => candle(each, scene, placement)),
          ink,
        ) + path(volumes, ink, ' opacity="0.5"')
      );
    })
    .join('');

/** A band behind the alerted bar, its volume in full ink, and an arrow on the side it came from. */
const mark = (alert: Alert, scene: Scene, placement: Placement, theme: Theme): readonly [behind: string, before: string] => {
  const last = placement.candles.at(-1) as PlacedCandle;
  const { slotWidth, y, priceBottom, hasVolume } = placement;
  const ink = inkOf(alert.direction === 'up', theme);
  const width = Math.max(slotWidth, 9);
  const bottom = hasVolume ? VOLUME_BOTTOM : priceBottom;
  const band = `<rect x="${at(last.x - width / 2)}" y="${PRICE_TOP}" width="${at(width)}" height="${bottom - PRICE_TOP}" fill="${ink}" opacity="0.16"/>`;
  const isUp = alert.direction === 'up';
  const tip = isUp ? y(scene.low[last.index] as number) + 5 : y(scene.high[last.index] as number) - 5;
  const side = isUp ? 10 : -10;
  const arrow = `<path d="M${at(last.x)} ${at(tip)}l6 ${side}h-12z" fill="${ink}"/>`;
  const volume = hasVolume ? path([volumeBar(last, scene, placement)], inkOf(last.rises, theme)) : '';
  return [band, arrow + volume];
};

/** What the volume is against what is usual, in words and as a line across the bars that say what is usual. */
const usual = (scene: Scene, placement: Placement, theme: Theme): string => {
  const volume = scene.volume.at(-1);
  if (!placement.hasVolume || volume == null || !Number.isFinite(volume)) return '';
  const middle = usualVolume(scene);
  const words = `volume ${quantity(volume)}`;
  const y = placement.priceBottom + 16;
  const times = middle === null ? Infinity : volume / middle;
  if (middle === null || !Number.isFinite(times)) return letter(LEFT, y, words, { size: TICK_SIZE, fill: theme.muted });
  const compared = `${words} · ${times >= 10 ? rounded(times, 0) : rounded(times, 1)}× the median of ${USUAL_BARS} bars before`;
  const lineY = Math.round(placement.volumeY(middle)) + 0.5;
  const from = placement.right - placement.slotWidth * (USUAL_BARS + 1);
  return (
    letter(LEFT, y, compared, { size: TICK_SIZE, fill: theme.muted }) +
    `<path d="M${at(from)} ${at(lineY)}H${at(placement.right)}" stroke="${theme.text}" stroke-dasharray="1 3" opacity="0.8"/>`
  );
};

/** Why the picture of a young series is empty on its left. */
const youth = ({ shortHistory }: Alert, { candles }: Placement, theme: Theme): string =>
  shortHistory && candles.length < SLOTS_MIN / 2
    ? letter(LEFT, PRICE_TOP + 12, `young series: ${candles.length} bars so far`, {
        size: 13,
        fill: theme.muted,
      })
    : '';

/** Where everything stands in the picture of a scene: the axis is wide enough for the longest number beside it. */
export const layOut = (scene: Scene): Placement | null =>
  place(scene, (low, high) => {
    const labels = [...priceTicks(low, high, TICKS).map(({ label }) => label), priceText(scene.close.at(-1) as number)];
    return Math.max(44, ...labels.map((label) => numberWidth(label, TICK_SIZE) + 14));
  });

/**
 * The recent bars of an alert's series as SVG: candles with their volumes below, the alerted bar marked. Says the same as the
 * message beside it and needs none of it but the symbol, where the font does not have its letters. `null` where nothing can be
 * drawn. Never throws.
 */
export const drawPicture = (alert: Alert, scene: Scene, themeName: ThemeName): string | null => {
  const theme = THEMES[themeName];
  const placement = layOut(scene);
  if (placement === null) return null;
  const [behind, before] = mark(alert, scene, placement, theme);
  const ink = inkOf(alert.direction === 'up', theme);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="${FONT_FAMILY}">` +
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${theme.paper}"/>` +
    title(alert, scene, theme) +
    strength(alert, theme) +
    timeAxis(placement, scene.intervalMs, theme) +
    behind +
    priceAxis(placement, scene.close.at(-1) as number, ink, theme) +
    bars(scene, placement, theme) +
    before +
    youth(alert, placement, theme) +
    usual(scene, placement, theme) +
    '</svg>'
  );
};
