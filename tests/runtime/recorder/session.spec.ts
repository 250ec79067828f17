import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Bar } from '../../../src/model/bar.js';
import type { Fault } from '../../../src/model/fault.js';
import type { Context } from '../../../src/ports/context.js';
import { createPlayback } from '../../../src/runtime/recorder/playback.js';
import { createRecorder } from '../../../src/runtime/recorder/recorder.js';
import type { VirtualClock } from '../../../src/runtime/virtual-clock.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { directHttp, directSockets } from '../../../src/simulator/direct.js';
import { createExchange } from '../../../src/simulator/exchange.js';
import { createRandom } from '../../../src/simulator/exchange/random.js';
import { createSyntheticRecordings } from '../../../src/simulator/synthetic.js';
import { binance } from '../../../src/sources/binance/binance.js';

/* A session of the source with the simulated exchange is recorded, and played back through the very same source. */

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 0, 0, 20);
const END = START + 20 * MINUTE;
let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the source over a network and gives every bar it tells and every fault it reports. */
const follow = (clock: VirtualClock, network: Pick<Context, 'http' | 'sockets'>, play: () => void) => {
  const bars: Bar[] = [];
  const faults: string[] = [];
  const source = binance.create(binance.options.parse({ interval: '1m', markets: ['usdm'], streamsPerSocket: 4 }), {
    marketTime: clock,
    wireTime: clock,
    random: createRandom(1),
    ...network,
    files: {} as Context['files'],
    report: ({ kind, detail }: Fault) => void faults.push(`${kind} ${detail}`),
    print: () => undefined,
  });
  const running = source.event$.subscribe((event) => {
    if (event.kind === 'bar') bars.push(event.bar);
  });
  play();
  running.unsubscribe();
  return { bars, faults };
};

it('gives the identical bars, through the real parser, with cut links and garbage in between', async () => {
  folder = mkdtempSync(join(tmpdir(), 'session-'));
  const clock = createVirtualClock(START);
  const recordings = createSyntheticRecordings({
    seed: 5,
    symbols: 10,
    interval: '1m',
    fromMs: START - 400 * MINUTE - (START % MINUTE),
    toMs: END + 10 * MINUTE,
  });
  const exchange = createExchange({ clock, wireTime: clock, recordings, openEveryMs: { usdm: 2_000 } });
  const recorder = createRecorder({
    folder,
    maxBytes: 1e9,
    rotateAfterMs: 5 * MINUTE,
    maxFiles: 99,
    clock,
    report: () => undefined,
  });
  exchange.at(START + 5 * MINUTE, (faults) => void faults.dropAllSockets());
  exchange.at(START + 8 * MINUTE, (faults) => void faults.garbageFrames('{"e":', 'null'));
  const network = {
    http: recorder.http(directHttp(exchange.http, clock)),
    sockets: recorder.sockets(directSockets(exchange.sockets, clock)),
  };
  const first = follow(clock, network, () => clock.advanceTo(END));
  await recorder.close();
  // Ten symbols, a bar a minute, but for those that closed while the links were down.
  expect(first.bars.length).toBeGreaterThan(180);
  expect(first.faults.length).toBeGreaterThan(0);
  const { dropAllSockets = 0, garbageFrames = 0 } = exchange.log.counters().faults;
  expect(Math.min(dropAllSockets, garbageFrames)).toBeGreaterThan(0);

  const playback = await createPlayback(folder);
  const later = createVirtualClock(START);
  const second = follow(later, { http: playback.http(later), sockets: playback.sockets(later) }, () => later.advanceTo(END));
  expect(second.bars).toStrictEqual(first.bars);
  // What two connections get within one millisecond may change places.
  expect([...second.faults].sort()).toStrictEqual([...first.faults].sort());
  expect(playback.unknown()).toStrictEqual({ requests: 0, connections: 0 });
});
