// Makes recordings/usdm from a folder of recorded one-minute bars: one contiguous stretch of some symbols, every row as the
// source wrote it. Running it again gives the same bytes.
//
//   node scripts/crop-recordings.mjs <folder with SYMBOL-1m-20250619_20250622.csv.gz> [target, default recordings/usdm]
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const FROM_MS = Date.UTC(2025, 5, 19, 0, 0);
const TO_MS = Date.UTC(2025, 5, 20, 12, 0);
const SOURCE_NAME = /^([^-]+)-1m-20250619_20250622\.csv\.gz$/;
// Left out to stay small: four more settled contracts that say what AGIXUSDT says, and symbols much like their neighbours.
const LEFT_OUT = new Set(
  ('ALPACAUSDT AMBUSDT BADGERUSDT KLAYUSDT BANKUSDT CHESSUSDT EPTUSDT HIFIUSDT INITUSDT KERNELUSDT LISTAUSDT PORT3USDT ' +
    'SYNUSDT XCNUSDT').split(' '), // prettier-ignore
);

const [source, target = 'recordings/usdm'] = process.argv.slice(2);
if (source === undefined) {
  console.error('usage: node scripts/crop-recordings.mjs <source folder> [target folder]');
  process.exit(64);
}
mkdirSync(target, { recursive: true });
let bytes = 0;
let bars = 0;
let files = 0;
for (const name of readdirSync(source).sort()) {
  const symbol = SOURCE_NAME.exec(name)?.[1];
  if (symbol === undefined || LEFT_OUT.has(symbol)) continue;
  const [header, ...rows] = gunzipSync(readFileSync(join(source, name)))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  const kept = rows.filter((row) => {
    const openTimeMs = Number(row.slice(0, row.indexOf(',')));
    return openTimeMs >= FROM_MS && openTimeMs < TO_MS;
  });
  const packed = gzipSync(`${[header, ...kept].join('\n')}\n`, { level: 9 });
  writeFileSync(join(target, `${symbol}-1m-20250619_20250620.csv.gz`), packed);
  bytes += packed.length;
  bars += kept.length;
  files++;
}
console.log(`${files} files, ${bars} bars, ${bytes} bytes`);
