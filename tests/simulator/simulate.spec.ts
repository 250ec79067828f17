import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom, Subject } from 'rxjs';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { SimulateOptions } from '../../src/commands/simulate.js';
import { simulate } from '../../src/commands/simulate.js';
import type { HttpRequest } from '../../src/ports/http.js';
import { createHttp } from '../../src/runtime/http.js';
import { letterOf } from '../../src/sinks/discord/attachment.js';

/* The command as a person starts it, on a free port, with the recordings of the package. */

const http = createHttp();
const stop$ = new Subject<void>();
afterAll(() => http.close());

/** Starts the command; `ready` settles with all that it has printed once the last line is there. */
const start = (options: Partial<SimulateOptions>) => {
  let printed = '';
  let isReady: (text: string) => void = () => undefined;
  const ready = new Promise<string>((resolve) => {
    isReady = resolve;
  });
  const print = (line: string): void => {
    printed += `${line}\n`;
    if (line.includes('/_simulator/state')) isReady(printed);
  };
  return { ready, ended: simulate({ port: 0, stop$, print, ...options }) };
};
const baseOf = (printed: string): string => /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? '';
const ask = async (url: string, more: Partial<HttpRequest> = {}) => {
  const request = { method: 'GET', url, deadlineMs: 5_000, bodyBytesMax: 10_000_000, ...more } as const;
  const { status, body } = await firstValueFrom(http.request(request), { defaultValue: { status: 0, body: 'null' } });
  return { status, json: JSON.parse(body) as unknown };
};

it('serves exchange, Discord and its own inspection on one port, says how to use them, and ends with 0', async () => {
  const from = Date.UTC(2025, 5, 19, 14, 29);
  const { ready, ended } = start({ speed: 60, start: from });
  const printed = await ready;
  const base = baseOf(printed);

  const yaml = /clock:[\s\S]*?\n\n/.exec(printed)?.[0] ?? '';
  expect(parse(yaml)).toMatchObject({
    clock: { speed: 60 },
    source: { type: 'binance', markets: ['usdm'], interval: '1m', endpoints: { usdm: { rest: base } } },
  });
  expect(printed).toContain('derived: volume, count, taker_buy_volume, taker_buy_quote_volume');

  const time = (await ask(`${base}/fapi/v1/time`)).json as { readonly serverTime: number };
  expect(time.serverTime).toBeGreaterThanOrEqual(from);
  const rows = (await ask(`${base}/fapi/v1/klines?symbol=BTCUSDT&interval=1m&endTime=${from - 60_000}&limit=2`)).json;
  expect((rows as readonly [number][]).map(([openTime]) => openTime)).toStrictEqual([from - 120_000, from - 60_000]);
  const closed = `${base}/_simulator/closed?market=usdm&symbol=BTCUSDT&interval=1m&from=${from - 120_000}&to=${from - 60_000}`;
  expect((await ask(closed)).json).toStrictEqual([from - 120_000, from - 60_000]);
  expect((await ask(`${base}/_simulator/closed?market=x`)).status).toBe(400);

  const webhook = /DISCORD_WEBHOOK_URL=(\S+)/.exec(printed)?.[1] ?? '';
  const post = {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'DiscordBot (test, 1)' },
    body: '{"content":"hello"}',
  } as const;
  expect((await ask(`${webhook.replace('/api/', '/api/v10/')}?wait=true`, post)).status).toBe(200);
  expect((await ask(`${base}/_simulator/discord/saved`)).json).toMatchObject([{ body: { content: 'hello' } }]);
  expect((await ask(`${base}/_simulator/discord/log`)).json).toHaveLength(1);

  const { contentType, body } = letterOf({ content: 'look' }, [
    { filename: 'a.png', contentType: 'image/png', description: 'a chart', bytes: new Uint8Array([0, 255, 13, 10]) },
  ]);
  const upload = { ...post, headers: { ...post.headers, 'content-type': contentType }, body };
  expect((await ask(`${webhook.replace('/api/', '/api/v10/')}?wait=true`, upload)).status).toBe(200);
  const saved = (await ask(`${base}/_simulator/discord/saved`)).json as readonly {
    readonly files: readonly { readonly id: string }[];
  }[];
  expect(saved[1]).toMatchObject({ body: { content: 'look' }, files: [{ filename: 'a.png', bytes: 4 }] });
  const uploaded = `${base}/_simulator/discord/file?id=${saved[1]?.files[0]?.id}`;
  expect((await ask(uploaded)).json).toMatchObject({ filename: 'a.png', contentType: 'image/png', base64: 'AP8NCg==' });
  expect((await ask(`${base}/_simulator/discord/file?id=1`)).status).toBe(404);

  expect((await ask(`${base}/_simulator/faults/dropAllSockets`, { method: 'POST' })).json).toStrictEqual({ struck: 0 });
  expect((await ask(`${base}/_simulator/faults/nothing`, { method: 'POST' })).status).toBe(404);
  expect((await ask(`${base}/_simulator/state`)).json).toMatchObject({ speed: 60, counters: { faults: { dropAllSockets: 0 } } });

  stop$.next();
  expect(await ended).toBe(0);
});

const post = (url: string, body?: unknown) =>
  ask(url, { method: 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

it('does over HTTP what a script does in the process: now, at a moment, for a while, and until it is undone', async () => {
  const from = Date.UTC(2025, 5, 19, 14, 29);
  const { ready, ended } = start({ speed: 60, start: from });
  const base = baseOf(await ready);
  const status = async (): Promise<number> => (await ask(`${base}/fapi/v1/ping`)).status;
  const counters = async () =>
    ((await ask(`${base}/_simulator/state`)).json as { readonly counters: { readonly faults: Readonly<Record<string, number>> } })
      .counters.faults;

  const { json: begun } = await post(`${base}/_simulator/faults/refuseRequests`, [503, { path: '/fapi/' }]);
  expect(begun).toStrictEqual({ struck: null, undo: 1 });
  expect(await status()).toBe(503);
  expect((await post(`${base}/_simulator/undo/1`)).json).toStrictEqual({ undone: true });
  expect(await status()).toBe(200);
  expect((await post(`${base}/_simulator/undo/1`)).status).toBe(404);

  // A second of the exchange is a sixtieth of one of ours.
  await post(`${base}/_simulator/faults/holeAtExchange?at=${from + 60_000}`, ['usdm', from + 60_000, from + 120_000]);
  await post(`${base}/_simulator/faults/brokenFrame?at=${from + 60_000}`, ['no such frame']);
  await post(`${base}/_simulator/faults/ban?for=1000`, ['usdm', 3_600_000]);
  // Only the simulator itself is asked: on a quick machine questions to the exchange would use up its weight.
  while ((await counters())['holeAtExchange'] === undefined);
  const { failures } = (await ask(`${base}/_simulator/state`)).json as { readonly failures: readonly string[] };
  expect(failures).toHaveLength(1);
  expect(await status()).toBe(200);
  const closed = `${base}/_simulator/closed?market=usdm&interval=1m&from=${from}&to=${from + 60_000}`;
  while (((await ask(closed)).json as { readonly count: number }).count === 0);

  expect((await post(`${base}/_simulator/faults/ban?for=soon`, ['usdm', 1])).status).toBe(400);
  expect((await post(`${base}/_simulator/faults/ban`, { not: 'a list' })).status).toBe(400);
  expect((await post(`${base}/_simulator/toxics`, { kind: 'freeze' })).status).toBe(404);
  stop$.next();
  expect(await ended).toBe(0);
});

it('lets clients come through a proxy that spoils links, with made-up bars of any number of symbols', async () => {
  const { ready, ended } = start({ synthetic: 300, proxy: true });
  const printed = await ready;
  const base = baseOf(printed);
  const inspection = /saw: (\S+)\/state/.exec(printed)?.[1] ?? '';
  expect(inspection).not.toContain(base);
  const symbols = (
    (await ask(`${base}/fapi/v1/exchangeInfo`)).json as { readonly symbols: readonly { readonly symbol: string }[] }
  ).symbols;
  expect(symbols.filter(({ symbol }) => /^C\d{4}USDT$/.test(symbol))).toHaveLength(298);

  const undo = (await post(`${inspection}/toxics?towards=client`, { kind: 'timeout', ms: 0 })).json as { readonly undo: number };
  const request = http.request({ method: 'GET', url: `${base}/fapi/v1/ping`, deadlineMs: 100, bodyBytesMax: 1_000 });
  await expect(firstValueFrom(request, { defaultValue: null })).rejects.toMatchObject({ code: 'deadline' });
  await post(`${inspection}/undo/${undo.undo}`);
  expect((await ask(`${base}/fapi/v1/ping`)).status).toBe(200);
  expect((await post(`${inspection}/toxics`, { kind: 'latency' })).status).toBe(400);
  expect((await post(`${inspection}/toxics?towards=nobody`, { kind: 'freeze' })).status).toBe(400);
  stop$.next();
  expect(await ended).toBe(0);
});

it('says so when the port is taken, and when there is nothing to play', async () => {
  const { ready, ended } = start({});
  const port = Number(new URL(baseOf(await ready)).port);
  const complaints: string[] = [];
  const complain = (line: string): void => void complaints.push(line);
  expect(await start({ port, complain }).ended).toBe(69);
  stop$.next();
  expect(await ended).toBe(0);

  const folder = await mkdtemp(join(tmpdir(), 'simulate-'));
  expect(await start({ recordings: folder, complain }).ended).toBe(65);
  expect(complaints).toStrictEqual([`simulate: port ${port} is taken`, `simulate: no 1m recording in ${folder}`]);
  await rm(folder, { recursive: true });
});
