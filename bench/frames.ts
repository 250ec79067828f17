/*
 * Frames of the bench's own exchange, shaped like the combined kline stream of USD-M futures (the sample in
 * binance-protocol.md §5.2). They are built before anything is timed.
 */

export const BAR_MS = 60_000;
/** Frames of one symbol per bar: 299 of the open bar, then the closed one. */
export const FRAMES_PER_BAR = 300;

export const symbolOf = (index: number): string => `B${String(index).padStart(4, '0')}USDT`;

const kline = (symbol: string, openTimeMs: number, step: number, closed: boolean): string => {
  const stream = `${symbol.toLowerCase()}@kline_1m`;
  // A few digits move with the step, so that frames differ as the exchange's do.
  const tail = String(step).padStart(3, '0');
  return (
    `{"stream":"${stream}","data":{"e":"kline","E":${openTimeMs + 59_000},"s":"${symbol}","k":{"t":${openTimeMs},"T":${openTimeMs + BAR_MS - 1},` +
    `"s":"${symbol}","i":"1m","f":8153633367,"L":8153634395,"o":"83084.90","c":"8305${tail.charAt(1)}.${tail.charAt(2)}0","h":"83091.70","l":"83001.20","v":"13.5${tail}",` +
    `"n":1027,"x":${closed},"q":"1125714.7${tail}0","V":"6.426","Q":"533856.66860","B":"0"}}}`
  );
};

/** One unmasked text frame as RFC 6455 puts it on the wire. */
const framed = (text: string): Buffer => {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(4);
  header[0] = 0x81;
  header[1] = 126;
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
};

/**
 * A third of one bar of the whole fleet, as one piece of wire data: `symbols × 100` frames, of which every 300th closes a bar.
 * `third` (0, 1, 2) says which symbols close in it; after three of them every symbol has closed the bar once.
 */
export const sliceOf = (
  symbols: number,
  openTimeMs: number,
  third: number,
): { readonly wire: Buffer; readonly frames: number; readonly closed: number } => {
  const pieces: Buffer[] = [];
  let closed = 0;
  const sweeps = FRAMES_PER_BAR / 3;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const step = third * sweeps + sweep;
    for (let symbol = 0; symbol < symbols; symbol++) {
      // In each sweep over the symbols the ones whose turn it is close; none speaks of the bar again afterwards.
      const closes = symbol % FRAMES_PER_BAR === step;
      const open = symbol % FRAMES_PER_BAR > step;
      if (closes) closed++;
      const time = closes || open ? openTimeMs : openTimeMs + BAR_MS;
      pieces.push(framed(kline(symbolOf(symbol), time, step, closes)));
    }
  }
  return { wire: Buffer.concat(pieces), frames: sweeps * symbols, closed };
};

/** The closed frames of one bar of the whole fleet, back to back: for warming up what only closed bars reach. */
export const closedSliceOf = (
  symbols: number,
  openTimeMs: number,
): { readonly wire: Buffer; readonly frames: number; readonly closed: number } => {
  const pieces = Array.from({ length: symbols }, (_, symbol) => framed(kline(symbolOf(symbol), openTimeMs, 0, true)));
  return { wire: Buffer.concat(pieces), frames: symbols, closed: symbols };
};
