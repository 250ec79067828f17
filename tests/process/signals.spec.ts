import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Recordings } from '../../src/simulator/recordings.js';
import { until } from '../support/program.js';
import { addressesOf, closedPort, readPackaged, serveLoopback, WEBHOOK } from '../support/loopback.js';
import { readJournalFiles } from './journal-files.js';
import type { Scene } from './scene.js';
import { play, SYMBOLS } from './scene.js';

/*
 * The built program and what a supervisor, a full disk or a dead network does to it. Exit codes: 0 stopped, 74 the store cannot
 * be used, 75 it is in use. What is on its way gets eight seconds; the margin is for a busy machine.
 */

const STOP_MS = 8_000;
const MARGIN_MS = 4_000;

let recordings: Recordings;
beforeAll(async () => {
  recordings = await readPackaged(SYMBOLS);
});

const scene = (act: (scene: Scene) => Promise<void>) => () => play(recordings, {}, act);
const isLocked = (store: string): boolean => existsSync(join(store, 'lock'));

describe('a signal', { timeout: 60_000 }, () => {
  it.concurrent(
    'F77: SIGTERM while a reply is awaited: takes no more bars, waits for the reply, records it and ends with 0',
    scene(async ({ loopback, store, start, posted, rows }) => {
      loopback.discord.script.next({ kind: 'saved-slow', delayMs: 1_500 });
      const program = start();
      const first = await posted();
      program.kill('SIGTERM');
      const askedAtMs = performance.now();
      const { code, atMs } = await program.ended;
      expect({ code, complaints: program.complaints() }).toStrictEqual({ code: 0, complaints: '' });
      expect(atMs - askedAtMs).toBeLessThan(STOP_MS + MARGIN_MS);
      expect(program.events()).toContain('monitor-stopped');
      const [message] = loopback.discord.saved();
      expect(rows().find(({ alertId }) => alertId === first.alertId)).toMatchObject({
        state: 'delivered',
        messageId: message?.id,
        unknowns: 0,
      });
      expect(rows().map(({ state }) => state)).not.toContain('sending');
      expect(isLocked(store)).toBe(false);
    }),
  );

  it.concurrent(
    'F77: SIGTERM when the reply never comes: gives it up after eight seconds; the next start sends it again and says so',
    scene(async ({ loopback, start, posted, row }) => {
      loopback.discord.script.next({ kind: 'saved-hang' });
      const program = start({ deadline: '60s', maxAge: '6h' });
      const { alertId } = await posted();
      program.kill('SIGTERM');
      const askedAtMs = performance.now();
      const { code, atMs } = await program.ended;
      expect(code).toBe(0);
      expect(atMs - askedAtMs).toBeGreaterThan(STOP_MS - 100);
      expect(atMs - askedAtMs).toBeLessThan(STOP_MS + MARGIN_MS);
      await row('still in flight', (each) => each.alertId === alertId && each.state === 'sending');
      const next = start({ maxAge: '6h' });
      expect(await posted(1)).toMatchObject({ alertId, attempt: 2, marked: true });
      await row(
        'delivered',
        (each) => each.alertId === alertId && each.state === 'delivered' && each.unknowns === 1 && each.mayRepeat,
      );
      next.kill('SIGTERM');
      expect((await next.ended).code).toBe(0);
    }),
  );

  it.concurrent(
    'F78: SIGTERM during warm-up: ends with 0, and nothing was sent',
    scene(async ({ loopback, store, start }) => {
      loopback.exchange.faults.rest({ path: '/fapi/v1/klines', reply: { kind: 'hang' } });
      const program = start();
      await until('the history is asked for', () => loopback.exchange.log.counters().faults['rest']);
      program.kill('SIGTERM');
      const askedAtMs = performance.now();
      const { code, atMs } = await program.ended;
      expect(code).toBe(0);
      expect(atMs - askedAtMs).toBeLessThan(STOP_MS + MARGIN_MS);
      expect(loopback.posts()).toStrictEqual([]);
      expect(isLocked(store)).toBe(false);
    }),
  );

  it(
    'F78: SIGINT ends it with 0 as well, soon when nothing is on its way',
    scene(async ({ store, start, row }) => {
      const program = start();
      await row('delivered', ({ state }) => state === 'delivered');
      program.kill('SIGINT');
      const askedAtMs = performance.now();
      const { code, atMs } = await program.ended;
      expect(code).toBe(0);
      expect(atMs - askedAtMs).toBeLessThan(MARGIN_MS);
      expect(isLocked(store)).toBe(false);
    }),
  );

  it(
    'F77: a second SIGTERM ends it at once, and the journal is whole',
    scene(async ({ loopback, start, posted, row }) => {
      loopback.discord.script.next({ kind: 'hang' });
      const program = start({ deadline: '60s' });
      const { alertId } = await posted();
      program.kill('SIGTERM');
      // Two signals that come together are one to the process.
      await wait(300);
      program.kill('SIGTERM');
      const askedAtMs = performance.now();
      const { signal, atMs } = await program.ended;
      expect(signal).toBe('SIGTERM');
      expect(atMs - askedAtMs).toBeLessThan(1_000);
      await row('still in flight', (each) => each.alertId === alertId && each.state === 'sending');
    }),
  );
});

describe('a store', { timeout: 60_000 }, () => {
  it(
    'F70: in use by another instance is refused with 75 and the name of the holder, who goes on unharmed',
    scene(async ({ start, row, posted, loopback }) => {
      const first = start();
      await row('delivered', ({ state }) => state === 'delivered');
      const second = start();
      const { code } = await second.ended;
      expect(code).toBe(75);
      expect(second.log().find(({ event }) => event === 'store-locked')?.msg).toContain(`process ${first.pid} on `);
      await posted(loopback.posts().length);
      first.kill('SIGTERM');
      expect((await first.ended).code).toBe(0);
    }),
  );

  const contentsOf = (folder: string): Readonly<Record<string, string>> =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]));

  it.each<[string, number, Readonly<Record<string, string>>, string, RegExp]>([
    [
      'with garbage in it',
      74,
      { 'state.json': 'garbage', 'state.log': '\0\0\0' },
      'store-corrupt',
      /no readable snapshot in .*state\.json: it is not whole JSON/,
    ],
    ['that is empty where it should not be', 74, { 'state.json': '', 'state.previous.json': '' }, 'store-corrupt', /it is empty/],
    [
      'of a newer program',
      78,
      { 'state.json': '{"version":99}\n' },
      'store-newer',
      /state\.json has version 99, this program knows 1/,
    ],
  ])('%s is refused with %i and one sentence, and is left as it is', (_, code, files, event, sentence) =>
    scene(async ({ store, start, loopback }) => {
      mkdirSync(store);
      for (const [name, text] of Object.entries(files)) writeFileSync(join(store, name), text);
      const program = start();
      expect((await program.ended).code).toBe(code);
      expect(program.log().filter(({ level }) => level === 'fatal')).toStrictEqual([
        expect.objectContaining({ event, msg: expect.stringMatching(sentence) }),
      ]);
      expect(contentsOf(store)).toStrictEqual(files);
      expect(loopback.exchange.log.counters().requests).toBe(0);
    })(),
  );

  it(
    'in a place where it cannot be made is refused with 74 and the way out',
    scene(async ({ store, start }) => {
      writeFileSync(store, 'a file');
      for (const [path, event] of [
        [join(store, 'deeper'), 'store-unavailable'],
        ['/sys/no-store-can-be-here', 'store-read-only'],
      ] as const) {
        const program = start({ store: path });
        expect((await program.ended).code).toBe(74);
        const fatal = program.log().filter(({ level }) => level === 'fatal');
        expect(fatal).toStrictEqual([expect.objectContaining({ event, msg: expect.stringContaining('set another store.path') })]);
        expect(fatal[0]?.msg).toContain(path);
      }
    }),
  );
});

describe('a webhook', { timeout: 60_000 }, () => {
  it(
    'that answers 404 is asked once: this is said once, the alerts end as dead, and the monitor goes on',
    scene(async ({ loopback, start, rows }) => {
      loopback.discord.script.removeWebhook(WEBHOOK.id);
      const program = start();
      await until('three alerts have ended', () => rows().filter(({ state }) => state === 'dead').length >= 3);
      expect(loopback.posts().length).toBe(1);
      expect(program.log().filter(({ event }) => event === 'sink-disabled')).toStrictEqual([
        expect.objectContaining({ level: 'error', sink: 'discord', msg: expect.stringContaining('404: Unknown Webhook') }),
      ]);
      program.kill('SIGTERM');
      expect((await program.ended).code).toBe(0);
      for (const { state, reason } of rows().filter(({ sink }) => sink === 'discord'))
        expect({ state, reason }).toStrictEqual({ state: 'dead', reason: expect.stringContaining('404') });
      expect(loopback.posts().length).toBe(1);
    }),
  );
});

describe('a crash loop', { timeout: 60_000 }, () => {
  const PAUSE_MS = 5_000;
  it(
    'F96: sends nothing for a while from the fourth start within a minute on, and says so',
    scene(async ({ loopback, store, start, posted }) => {
      const startsKept = (): number => {
        const kept = readJournalFiles(store)
          .operations.filter(({ kind, key }) => kind === 'put' && key === 'starts')
          .at(-1);
        return ((kept?.['value'] ?? []) as readonly number[]).length;
      };
      loopback.discord.script.always({ kind: 'saved-reset' });
      const waited: number[] = [];
      for (let number = 1; number <= 4; number++) {
        const before = loopback.posts().length;
        const program = start({ quickStartPause: `${PAUSE_MS}ms`, maxAge: '6h' });
        await until('the start is kept', () => startsKept() === number);
        const startedAtMs = performance.now();
        await posted(before);
        waited.push(performance.now() - startedAtMs);
        expect(program.events().includes('starts-frequent')).toBe(number === 4);
        program.kill('SIGKILL');
        await program.ended;
      }
      expect(waited.pop()).toBeGreaterThan(PAUSE_MS - 50);
      expect(Math.max(...waited)).toBeLessThan(PAUSE_MS);
    }),
  );
});

describe('an exchange out of reach', { timeout: 60_000 }, () => {
  it(
    'is named, with what needs no network; the monitor can be stopped, and follows as soon as it answers',
    scene(async ({ start }) => {
      const port = await closedPort();
      const nowhere = start({ loopback: addressesOf(port) });
      expect((await nowhere.said('request-failed')).msg).toMatch(
        new RegExp(`^cannot reach 127\\.0\\.0\\.1:${port} \\(.*\\); trying again in \\d+ s; \`npm run demo\` needs no network$`),
      );
      nowhere.kill('SIGTERM');
      const askedAtMs = performance.now();
      const { code, atMs } = await nowhere.ended;
      expect(code).toBe(0);
      expect(atMs - askedAtMs).toBeLessThan(MARGIN_MS);

      const waiting = start({ loopback: addressesOf(port) });
      await waiting.said('request-failed');
      const late = await serveLoopback(recordings, { speed: 60, startMs: Date.UTC(2025, 5, 19, 8), port });
      try {
        await waiting.said('alert-delivered');
        waiting.kill('SIGTERM');
        expect((await waiting.ended).code).toBe(0);
      } finally {
        await late.close();
      }
    }),
  );
});
