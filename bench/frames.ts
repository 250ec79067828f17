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
  // A few digits move with the step, and quantities have more or fewer of them, so that frames differ as the exchange's do.
  const tail = String(step).padStart(3, '0');
  const early = '4'.repeat((step * 5 + symbol.charCodeAt(3)) % 4);
  const [more, yetMore] = ['8'.repeat(step % 3), '3'.repeat((step * 7 + symbol.charCodeAt(4)) % 4)];
  return (
    `{"stream":"${stream}","data":{"e":"kline","E":${openTimeMs + 59_000},"s":"${symbol}","k":{"t":${openTimeMs},"T":${openTimeMs + BAR_MS - 1},` +
    `"s":"${symbol}","i":"1m","f":8153633367,"L":8153634395,"o":"83084.90","c":"8305${tail.charAt(1)}.${tail.charAt(2)}0","h":"83091.70","l":"83001.20","v":"${early}13.5${tail}",` +
    `"n":1027,"x":${closed},"q":"11257${more}.7${tail}0","V":"${yetMore}6.426","Q":"5338${yetMore}.66860","B":"0"}}}`
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

export interface Slice {
  /** As one piece of wire data. */
  readonly wire: Buffer;
  readonly frames: number;
  readonly closed: number;
}

/**
 * One bar of the whole fleet as the exchange sends it: 299 times each symbol's open bar, and at the end, when the bar is over
 * for all of them at once, each symbol's closed one. One frame in 300 closes a bar.
 */
export const sliceOf = (symbols: readonly string[], openTimeMs: number): Slice => {
  const sweeps = Array.from({ length: FRAMES_PER_BAR }, (_, step) => {
    const closes = step === FRAMES_PER_BAR - 1;
    return Buffer.concat(symbols.map((symbol) => framed(kline(symbol, openTimeMs, step, closes))));
  });
  return { wire: Buffer.concat(sweeps), frames: FRAMES_PER_BAR * symbols.length, closed: symbols.length };
};

/** The closed frames of one bar of the whole fleet alone: for warming up what only closed bars reach. */
export const closedSliceOf = (symbols: readonly string[], openTimeMs: number): Slice => {
  const pieces = symbols.map((symbol) => framed(kline(symbol, openTimeMs, 0, true)));
  return { wire: Buffer.concat(pieces), frames: symbols.length, closed: symbols.length };
};
