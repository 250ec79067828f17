import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { NEVER, of, Subject, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/model/fault.js';
import type { Http, HttpRequest, HttpResponse } from '../../../src/ports/http.js';
import { HttpError } from '../../../src/ports/http.js';
import type { SocketCommand, SocketEvent, SocketRequest, Sockets } from '../../../src/ports/socket.js';
import { createPlayback, PlaybackError } from '../../../src/runtime/recorder/playback.js';
import type { RecorderOptions } from '../../../src/runtime/recorder/recorder.js';
import { createRecorder } from '../../../src/runtime/recorder/recorder.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';

const T0 = Date.UTC(2026, 0, 5);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const recorderOf = (more: Partial<RecorderOptions> = {}) => {
  const clock = createVirtualClock(T0);
  const faults: Fault[] = [];
  const report = (fault: Fault): void => void faults.push(fault);
  const options = { folder, maxBytes: 1e9, rotateAfterMs: 3_600_000, maxFiles: 10, clock, report, ...more };
  return { clock, faults, recorder: createRecorder(options) };
};
const request = (more: Partial<SocketRequest> = {}): SocketRequest => ({
  url: 'wss://fstream.binance.com/market/ws/btcusdt@kline_1m',
  handshakeMs: 5_000,
  frameBytesMax: 1_000_000,
  command$: NEVER,
  ...more,
});
const asked = (url: string): HttpRequest => ({ method: 'GET', url, deadlineMs: 1_000, bodyBytesMax: 1_000 });

/** A network with one connection, whose frames go the way the real adapter sends them: through `keep` first. */
const fakeSockets = () => {
  const event$ = new Subject<SocketEvent>();
  let keep: SocketRequest['keep'];
  const sockets: Sockets = {
    open: (given) => {
      ({ keep } = given);
      return event$;
    },
  };
  return {
    sockets,
    event: (event: SocketEvent) => event$.next(event),
    frame: (data: Buffer): void => {
      if (keep?.(data) !== false) event$.next({ kind: 'frame', data });
    },
  };
};
const files = (): readonly string[] => readdirSync(folder).sort();
const lines = (): readonly Record<string, unknown>[] =>
  files().flatMap((name) =>
    gunzipSync(readFileSync(join(folder, name))).toString().trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>),
  ); // prettier-ignore

describe('what is written', () => {
  it('is every frame, also those that keep refuses, byte for byte, and every event', async () => {
    const { clock, recorder } = recorderOf();
    const network = fakeSockets();
    const heard: SocketEvent[] = [];
    const invalid = Buffer.from([0x7b, 0xff, 0x7d]);
    const subscription = recorder
      .sockets(network.sockets)
      .open(request({ url: 'wss://user:password@fstream.binance.com/ws', keep: (frame) => frame.length > 2 }))
      .subscribe((event) => heard.push(event));
    network.event({ kind: 'open' });
    clock.advanceTo(T0 + 5);
    network.frame(Buffer.from('{}'));
    network.frame(Buffer.from('{"e":"币安"}'));
    network.frame(invalid);
    network.event({ kind: 'ping' });
    subscription.unsubscribe();
    await recorder.close();
    expect(heard.map(({ kind }) => kind)).toStrictEqual(['open', 'frame', 'frame', 'ping']);
    expect(lines()).toStrictEqual([
      { t: T0, c: 1, url: 'wss://fstream.binance.com/ws' },
      { t: T0, c: 1, e: { kind: 'open' } },
      { t: T0 + 5, c: 1, f: '{}' },
      { t: T0 + 5, c: 1, f: '{"e":"币安"}' },
      { t: T0 + 5, c: 1, b: invalid.toString('base64') },
      { t: T0 + 5, c: 1, e: { kind: 'ping' } },
      { t: T0 + 5, c: 1, e: { kind: 'left' } },
    ]);
  });

  it('is every answer and every failure, without cookies and passwords', async () => {
    const { recorder } = recorderOf();
    const answers = [
      of<HttpResponse>({ status: 200, headers: { 'set-cookie': 'canary', 'x-mbx-used-weight-1m': '1' }, body: '[]' }),
      throwError(() => new HttpError('maybe', 'reset', 'connection reset')),
    ];
    const http = recorder.http({ request: () => answers.shift() as never });
    const heard: unknown[] = [];
    for (let count = 0; count < 2; count++)
      http.request(asked('https://name:canary@fapi.binance.com/fapi/v1/klines?limit=1')).subscribe({
        next: (answer) => heard.push(answer.status),
        error: (error: unknown) => heard.push((error as HttpError).code),
      });
    await recorder.close();
    expect(heard).toStrictEqual([200, 'reset']);
    const q = { method: 'GET', url: 'https://fapi.binance.com/fapi/v1/klines?limit=1' };
    expect(lines()).toStrictEqual([
      { t: T0, q, ms: 0, a: { status: 200, headers: { 'x-mbx-used-weight-1m': '1' }, body: '[]' } },
      { t: T0, q, ms: 0, a: { sent: 'maybe', code: 'reset', detail: 'connection reset' } },
    ]);
    expect(JSON.stringify(lines())).not.toContain('canary');
  });

  it('carries times that never run backwards', async () => {
    const times = [T0 + 10, T0 + 20, T0 + 5, T0 + 30];
    const { recorder } = recorderOf({ clock: { now: () => times.shift() ?? T0, schedule: undefined as never } });
    const network = fakeSockets();
    recorder.sockets(network.sockets).open(request()).subscribe();
    for (let count = 0; count < 3; count++) network.frame(Buffer.from('{}'));
    await recorder.close();
    expect(lines().map(({ t }) => (t as number) - T0)).toStrictEqual([10, 20, 20, 30]);
  });
});

describe('files', () => {
  type More = Partial<RecorderOptions> & { readonly before?: (network: ReturnType<typeof fakeSockets>) => void };
  const record = async (count: number, { before, ...more }: More) => {
    const { clock, recorder, faults } = recorderOf(more);
    const network = fakeSockets();
    recorder.sockets(network.sockets).open(request()).subscribe();
    before?.(network);
    for (let index = 0; index < count; index++) {
      clock.advanceTo(T0 + index * 60_000);
      network.frame(Buffer.from(`{"n":${index}}`));
    }
    await recorder.close();
    return faults;
  };

  it('follow one another by age, lose nothing, and are named so that they sort', async () => {
    await record(100, { rotateAfterMs: 600_000 });
    expect(files()).toHaveLength(10);
    expect(files()[0]).toBe('20260105T000000000Z-0000.jsonl.gz');
    expect(lines().filter(({ f }) => f !== undefined).map(({ f }) => f)).toStrictEqual(Array.from({ length: 100 }, (_, index) => `{"n":${index}}`)); // prettier-ignore
  });

  it('of which only the newest are kept', async () => {
    await record(100, { rotateAfterMs: 600_000, maxFiles: 3 });
    expect(files()).toHaveLength(3);
    await record(1, { rotateAfterMs: 600_000, maxFiles: 3, clock: createVirtualClock(T0 + 86_400_000) });
    expect(files()).toHaveLength(3);
    expect(files().at(-1)).toMatch(/^20260106T/);
  });

  it('can be played without those before them', async () => {
    await record(100, { rotateAfterMs: 600_000, maxFiles: 3, before: (network) => network.event({ kind: 'open' }) });
    const playback = await createPlayback(folder);
    expect(playback.fromMs).toBe(T0 + 70 * 60_000);
    const clock = createVirtualClock(playback.fromMs);
    const heard: SocketEvent[] = [];
    playback
      .sockets(clock)
      .open(request())
      .subscribe((event) => heard.push(event));
    clock.advanceTo(playback.toMs);
    expect(heard.map(({ kind }) => kind)).toStrictEqual(['open', ...Array.from({ length: 30 }, () => 'frame')]);
  });

  it('that cannot be written are reported once, and the source goes on', async () => {
    writeFileSync(join(folder, 'file'), '');
    const faults = await record(10, { folder: join(folder, 'file', 'inside') });
    expect(faults).toStrictEqual([{ kind: 'recording-incomplete', detail: 'the recording cannot be written (ENOTDIR)' }]);
  });

  it('of a slow disk leave lines out, which are counted and reported', async () => {
    const faults = await record(200, { queueBytesMax: 500 });
    const leftOut = faults.reduce((sum, { count = 0 }) => sum + count, 0);
    expect(new Set(faults.map(({ kind }) => kind))).toStrictEqual(new Set(['recording-incomplete']));
    expect(leftOut).toBeGreaterThan(0);
    expect(lines().length + leftOut).toBe(201);
  });
});

describe('playback', () => {
  const hear = (sockets: Sockets, clock: { now(): number }, more: Partial<SocketRequest> = {}) => {
    const heard: (readonly [number, string])[] = [];
    const say = (event: SocketEvent): string => (event.kind === 'frame' ? event.data.toString('latin1') : event.kind);
    sockets.open(request(more)).subscribe((event) => heard.push([clock.now() - T0, say(event)]));
    return heard;
  };
  const session = async () => {
    const { clock, recorder } = recorderOf();
    const network = fakeSockets();
    recorder.sockets(network.sockets).open(request()).subscribe();
    network.event({ kind: 'open' });
    network.frame(Buffer.from('first'));
    clock.advanceTo(T0 + 100);
    network.frame(Buffer.from([0xff]));
    network.event({ kind: 'closed', code: 1001, reason: '' });
    await recorder.close();
  };

  it('gives what came at its times, through keep, and refuses what was not recorded', async () => {
    await session();
    const playback = await createPlayback(folder);
    expect([playback.fromMs, playback.toMs]).toStrictEqual([T0, T0 + 100]);
    const clock = createVirtualClock(T0);
    const sockets = playback.sockets(clock);
    const kept: number[] = [];
    const heard = hear(sockets, clock, { keep: (frame) => kept.push(frame.length) !== 1 });
    const again = hear(sockets, clock);
    clock.advanceTo(T0 + 1_000);
    expect(heard).toStrictEqual([
      [0, 'open'],
      [100, '\xff'],
      [100, 'closed'],
    ]);
    expect(kept).toStrictEqual([5, 1]);
    expect(again).toStrictEqual([[0, 'closed']]);
    expect(playback.unknown()).toStrictEqual({ requests: 0, connections: 1 });
    expect(clock.pending()).toBe(0);
  });

  it('waits while it is paused, ends when it is told to, and gives a late opening up', async () => {
    await session();
    const playback = await createPlayback(folder);
    const clock = createVirtualClock(T0);
    const command$ = new Subject<SocketCommand>();
    const heard = hear(playback.sockets(clock), clock, { command$ });
    clock.advanceTo(T0 + 50);
    command$.next({ kind: 'pause' });
    clock.advanceTo(T0 + 200);
    expect(heard).toHaveLength(2);
    command$.next({ kind: 'resume' });
    expect(heard).toHaveLength(4);

    const early = createVirtualClock(T0 - 60_000);
    const tooEarly = hear((await createPlayback(folder)).sockets(early), early);
    early.advanceTo(T0 + 1_000);
    expect(tooEarly).toStrictEqual([[-55_000, 'closed']]);
  });

  it('answers each recorded request once, as late as then, and others not at all', async () => {
    const { clock, recorder } = recorderOf();
    const answer$ = new Subject<HttpResponse>();
    const inner: Http = { request: () => answer$ };
    recorder.http(inner).request(asked('https://fapi.binance.com/fapi/v1/time')).subscribe();
    clock.advanceTo(T0 + 40);
    answer$.next({ status: 200, headers: {}, body: '{"serverTime":1}' });
    await recorder.close();
    const playback = await createPlayback(folder);
    const later = createVirtualClock(T0);
    const heard: unknown[] = [];
    const ask = (): void => {
      playback
        .http(later)
        .request(asked('https://fapi.binance.com/fapi/v1/time'))
        .subscribe({
          next: ({ body }) => heard.push([later.now() - T0, body]),
          error: (error: unknown) => heard.push((error as HttpError).code),
        });
    };
    ask();
    ask();
    later.advanceTo(T0 + 1_000);
    expect(heard).toStrictEqual(['refused', [40, '{"serverTime":1}']]);
    expect(playback.unknown().requests).toBe(1);
  });

  it('takes a file that a dying process left unfinished, up to where it is whole', async () => {
    await session();
    const [name = ''] = files();
    truncateSync(join(folder, name), readFileSync(join(folder, name)).length - 12);
    const playback = await createPlayback(folder);
    expect(playback.fromMs).toBe(T0);
  });

  it('says what is no recording', async () => {
    await expect(createPlayback(folder)).rejects.toThrow(PlaybackError);
    await expect(createPlayback(join(folder, 'nowhere'))).rejects.toThrow('no recording in');
  });
});
