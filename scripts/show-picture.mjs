// Draws the picture of one recorded bar, as an alert would show it: for eyes, and for the documents.
//
//   node scripts/show-picture.mjs RECORDING.csv[.gz] [--at YYYY-MM-DDTHH:MM] [--bars 96] [--theme dark|light]
//                                 [--symbol NAME] [--scale FACTOR] [--strength N] [--out FILE.png]
//
// Without --at it is the bar with the largest body against the bodies of the 20 before it. Prices are multiplied by --scale.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import esbuild from 'esbuild';
import { Resvg } from '@resvg/resvg-js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    at: { type: 'string' },
    bars: { type: 'string', default: '96' },
    theme: { type: 'string', default: 'dark' },
    symbol: { type: 'string' },
    scale: { type: 'string', default: '1' },
    strength: { type: 'string', default: '7.8' },
    out: { type: 'string', default: 'picture.png' },
  },
});
const [recording] = positionals;
if (recording === undefined) throw new Error('name a recording: SYMBOL-INTERVAL-….csv or .csv.gz');

const { outputFiles } = await esbuild.build({
  stdin: {
    contents:
      "export { drawPicture } from './src/sinks/picture/picture.ts'; export { INTERVAL_MS } from './src/model/interval.ts';",
    resolveDir: new URL('..', import.meta.url).pathname,
    loader: 'ts',
  },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const { drawPicture, INTERVAL_MS } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`
);

const raw = readFileSync(recording);
const text = (recording.endsWith('.gz') ? gunzipSync(raw) : raw).toString('utf8');
const scale = Number(values.scale);
const price = (cell) => Number((Number(cell) * scale).toPrecision(12));
const rows = text
  .trim()
  .split('\n')
  .filter((line) => /^\d/.test(line))
  .map((line) => line.split(','))
  .map(([time, open, high, low, close, volume, , quoteVolume]) => ({
    timeMs: Number(time) > 1e14 ? Number(time) / 1_000 : Number(time),
    ...{ open: price(open), high: price(high), low: price(low), close: price(close) },
    volume: volume ? Number(volume) : quoteVolume ? Number(quoteVolume) / Number(close) : null,
  }));
const [, recorded = 'SYMBOL', interval = '15m'] = /^([^-]+)-(\d+[mhd])/.exec(basename(recording)) ?? [];

const bodyOf = ({ open, close }) => Math.abs(Math.log(close / open));
const unusual = (index) => {
  const before = rows.slice(index - 20, index).map(bodyOf);
  return bodyOf(rows[index]) / (before.reduce((sum, body) => sum + body, 1e-4) / before.length);
};
const bars = Number(values.bars);
let last = rows.findIndex(({ timeMs }) => timeMs === Date.parse(`${values.at}Z`));
if (values.at === undefined)
  for (let i = Math.max(bars, 21); i < rows.length; i++) if (last < 0 || unusual(i) > unusual(last)) last = i;
if (last < 0) throw new Error(`no bar opens at ${values.at} UTC`);

const shown = rows.slice(Math.max(0, last + 1 - bars), last + 1);
const bar = rows[last];
const scene = {
  intervalMs: INTERVAL_MS[interval],
  openTimesMs: shown.map(({ timeMs }) => timeMs),
  ...Object.fromEntries(['open', 'high', 'low', 'close', 'volume'].map((name) => [name, shown.map((each) => each[name])])),
};
const alert = {
  ...{ symbol: values.symbol ?? recorded, interval, market: recording.includes('/spot/') ? 'spot' : 'usdm', bar },
  ...{ direction: bar.close >= bar.open ? 'up' : 'down', shortHistory: bars < 32 },
  ...(values.strength === '' ? {} : { strength: { value: Number(values.strength) } }),
};
const svg = drawPicture(alert, scene, values.theme);
if (svg === null) throw new Error('there is nothing to draw');
const fontOf = (name) => createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);
const font = {
  loadSystemFonts: false,
  fontFiles: ['DejaVuSans', 'DejaVuSans-Bold'].map(fontOf),
  defaultFontFamily: 'DejaVu Sans',
};
const before = process.cpuUsage();
const png = new Resvg(svg, { font }).render().asPng();
const { user, system } = process.cpuUsage(before);
writeFileSync(values.out, png);
console.log(
  `${values.out}: ${alert.symbol} ${interval} at ${new Date(bar.timeMs).toISOString()}, ${(png.length / 1024).toFixed(1)} KiB, ${Math.round((user + system) / 1000)} ms of CPU`,
);
