import { inspect } from 'node:util';
import fc from 'fast-check';
import { catchError, concatMap, lastValueFrom, of, range, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Sink } from '../../../src/ports/sink.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { telegram } from '../../../src/sinks/telegram/telegram.js';
import { TELEGRAM_BATCH_MAX, textsOf } from '../../../src/sinks/telegram/texts.js';
import { AGAIN, alert, anyAlert, FIRST, HOSTILE, OPEN_MS } from '../../support/alerts.js';
import { recordedContext } from '../../support/context.js';
import { httpInto } from '../../support/http.js';
import { ended, episode, outcomeOf, sinkContract } from '../contract.js';
import { reply } from '../wire/world.js';
import type { TelegramWorld } from './world.js';
import { botApi, CHAT, KEY, readHtml, telegramWorld, TOKEN } from './world.js';

const telltale = `POST /bot${TOKEN}/sendMessage ${encodeURIComponent(TOKEN)} ${KEY}`;
const failure = (status: number, description: string, parameters: object = {}) =>
  reply(status, { ok: false, error_code: status, description, parameters });

describe('the telegram sink', () => {
  sinkContract(
    async () => {
      const { sink, faults, next, rest, close, messages } = await telegramWorld();
      const outcomes = [
        { reply: failure(400, telltale) },
        { reply: failure(400, `can't parse entities: ${telltale}`) },
        { reply: reply(302, '', { location: telltale }) },
        { reply: failure(429, telltale, { retry_after: 1 }) },
        { reply: reply(502, `<html>${telltale}`) },
        { reply: { kind: 'reset' }, saved: true },
        { reply: { kind: 'hang' } },
        { reply: failure(401, telltale) },
      ] as const;
      return {
        sink,
        faults,
        rest,
        close,
        secrets: [TOKEN, KEY],
        failings: outcomes.map((outcome, at) => () => next(outcome, ...(at === 1 ? [{ reply: failure(400, telltale) }] : []))),
        seen: () => messages().map(({ text }) => text.replaceAll('\u200b', '')),
      };
    },
    { batch: true, edit: true, announce: true },
  );

  let open: TelegramWorld | undefined;
  const start = async (given?: object): Promise<TelegramWorld> => (open = await telegramWorld(given));
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  it('sends markup that is read, into the topic, without a preview, and gives the id with its chat', async () => {
    const { sink, messages, log } = await start({ thread: 7, silent: true });
    expect(await ended(sink.deliver(alert(), FIRST))).toStrictEqual({ messageId: `${CHAT}/1` });
    expect(messages()[0]?.fields).toMatchObject({
      chat_id: CHAT,
      message_thread_id: 7,
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      disable_notification: true,
      text: expect.stringContaining('<b>BTCUSDT</b>'),
    });
    expect(log[0]).toMatchObject({ method: 'POST', path: `/bot${TOKEN}/sendMessage` });
  });

  it('tells alerts by the template of the settings', async () => {
    const { sink, messages } = await start({ template: 'id {{ id }} <i>{{ symbol }}</i>' });
    await ended(sink.deliver(alert({ symbol: '<A&B>' }), FIRST));
    expect(messages()[0]?.text).toMatch(/^id abcdefghijklmnop <A&B>/);
  });

  it.each([
    [failure(429, 'Too Many Requests: retry after 15', { retry_after: 15 }), { failure: 'refused', retryAfterMs: 15_050 }],
    [failure(429, 'Too Many Requests'), { failure: 'refused', retryAfterMs: 5_050 }],
    [
      failure(400, 'Bad Request: chat not found'),
      { failure: 'dead', detail: 'Telegram answers 400: Bad Request: chat not found' },
    ],
    [failure(401, 'Unauthorized'), { failure: 'disabled' }],
    [failure(403, 'Forbidden: bot was kicked from the group chat'), { failure: 'disabled' }],
    [failure(404, 'Not Found'), { failure: 'disabled' }],
    [failure(500, 'Internal Server Error'), { failure: 'unknown', strong: false }],
    [reply(502, '<html>'), { failure: 'unknown', strong: false }],
    [reply(504, ''), { failure: 'unknown', strong: true }],
    [reply(408, ''), { failure: 'unknown' }],
    [reply(307, '', { location: 'http://127.0.0.1:1/' }), { failure: 'refused' }],
    [{ kind: 'reset' } as const, { failure: 'unknown', strong: true }],
  ])('knows what %o means', async (answer, expected) => {
    const { sink, next } = await start();
    next({ reply: answer });
    expect(await outcomeOf(sink, alert())).toMatchObject(expected);
  });

  it('F52: leaves Telegram alone once the bot has been refused', async () => {
    const { sink, log } = await start({ botToken: `${TOKEN}x` });
    expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'disabled' });
    expect(await outcomeOf(sink, alert(), AGAIN)).toMatchObject({ failure: 'disabled' });
    expect(log).toHaveLength(1);
  });

  it('follows a group that has become a supergroup, and says what the settings should say', async () => {
    const { sink, next, faults, asked, rest } = await start({ chat: '-42' });
    next({
      reply: failure(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: Number(CHAT) }),
    });
    expect(await outcomeOf(sink, alert())).toStrictEqual({ messageId: `${CHAT}/1` });
    rest();
    expect(await outcomeOf(sink, alert())).toStrictEqual({ messageId: `${CHAT}/2` });
    expect(asked.map(({ fields }) => fields['chat_id'])).toStrictEqual([CHAT, CHAT]);
    expect(faults).toMatchObject([{ kind: 'delivery-odd', detail: expect.stringContaining(CHAT) }]);
  });

  it('sends once more without markup when that is what is refused', async () => {
    const { sink, next, messages, faults } = await start();
    next({ reply: failure(400, "Bad Request: can't parse entities") });
    expect(await outcomeOf(sink, alert())).toHaveProperty('messageId');
    expect(messages()[0]?.fields).not.toHaveProperty('parse_mode');
    expect(messages()[0]?.text).not.toContain('<b>');
    expect(faults).toMatchObject([{ kind: 'delivery-odd' }]);
  });

  it('takes an answer without an id for accepted, and says so', async () => {
    const { sink, next, faults } = await start();
    next({ reply: reply(200, '{"ok":true'), saved: true });
    expect(await outcomeOf(sink, alert())).toStrictEqual({ messageId: null });
    expect(faults).toMatchObject([{ kind: 'delivery-odd' }]);
  });

  it('answers the message of its episode when it escalates', async () => {
    const { sink, rest, asked } = await start();
    const escalation = alert({ id: 'bcdefghijklmnopq', episode: { id: 'abcdefghijklmnop', role: 'escalates' } });
    const ids = [`${CHAT}/12`, '-7/12', null];
    for (const messageId of ids) {
      await ended(sink.deliver(escalation, { ...FIRST, escalates: { episode: episode(), messageId } }));
      rest();
    }
    expect(asked.map(({ fields }) => fields['reply_parameters'])).toStrictEqual([
      { message_id: 12, allow_sending_without_reply: true },
      undefined,
      undefined,
    ]);
  });

  it('edits once more without harm, and gives up on a message that is gone', async () => {
    const { sink, rest, asked, forget } = await start();
    const { messageId } = await ended(sink.deliver(alert(), FIRST));
    for (let i = 0; i < 2; i++) {
      rest();
      expect(await ended(sink.edit!(messageId!, episode(), FIRST))).toStrictEqual({ messageId });
    }
    expect(asked.map(({ method }) => method)).toStrictEqual(['sendMessage', 'editMessageText', 'editMessageText']);
    forget();
    rest();
    await expect(ended(sink.edit!(messageId!, episode({ version: 3 }), FIRST))).rejects.toMatchObject({ failure: 'dead' });
    await expect(ended(sink.edit!('12', episode(), FIRST))).rejects.toMatchObject({ failure: 'dead' });
  });

  it('sends one message a second to a chat, and nineteen a minute to a group, whoever sends', () => {
    const clock = createVirtualClock(OPEN_MS);
    const api = botApi();
    const sentAtMs: number[] = [];
    const handle = {
      handle: (request: Parameters<typeof api.handle>[0]) => (sentAtMs.push(clock.now() - OPEN_MS), of(api.handle(request))),
    };
    const { context } = recordedContext({ http: httpInto(handle, clock), wireTime: clock });
    const sinkNamed = (name: string): Sink =>
      telegram.create(telegram.options.parse({ name, botToken: TOKEN, chat: CHAT, server: 'http://127.0.0.1:1' }), context);
    const [one, two] = [sinkNamed('one'), sinkNamed('two')];
    const outcomes: unknown[] = [];
    range(0, 20)
      .pipe(
        concatMap((at) => (at % 2 === 0 ? one : two).deliver(alert(), FIRST)),
        catchError((error: unknown) => of(error)),
      )
      .subscribe((outcome) => outcomes.push(outcome));
    clock.advanceTo(OPEN_MS + 30_000);
    expect(sentAtMs.slice(0, 4)).toStrictEqual([0, 1_050, 2_100, 3_150]);
    expect(sentAtMs).toHaveLength(19);
    expect(Math.round(one.readyInMs?.() ?? 0)).toBe(30_050);
    expect(one.spareInMs?.()).toBeGreaterThan(one.readyInMs?.() ?? 0);
    expect(outcomes[19]).toMatchObject({ failure: 'refused', detail: 'not sent: waiting for the rate limit' });
  });

  it('keeps within every limit, and leaves nothing that is markup by accident, whatever the alert holds', () => {
    const texts = textsOf({ template: 'full' });
    const check = (html: string, bare: string): void => {
      const read = readHtml(html);
      expect(read).not.toBeNull();
      expect(read?.trim()).not.toBe('');
      for (const text of [read ?? '', bare]) expect(text.length).toBeLessThanOrEqual(4_096);
      const tags = html.match(/<[^>]*>/g) ?? [];
      expect(tags.filter((tag) => !/^<(?:\/?b|a href="https:\/\/www\.binance\.com\/[^"]*"|\/a)>$/.test(tag))).toStrictEqual([]);
    };
    fc.assert(
      fc.property(anyAlert, fc.boolean(), (told, mayRepeat) => {
        const attempt = { number: 3, mayRepeat };
        const { html, bare } = texts.alert(told, attempt);
        check(html, bare);
        const told2 = texts.alert(told, attempt, episode({ opened: told, outcome: { atMs: OPEN_MS, close: null } }));
        check(told2.html, told2.bare);
        const batch = texts.alerts(Array.from({ length: TELEGRAM_BATCH_MAX }, () => ({ alert: told, attempt })));
        check(batch.html, batch.bare);
        expect(readHtml(batch.html)?.match(new RegExp(told.id, 'g'))).toHaveLength(TELEGRAM_BATCH_MAX);
      }),
      { numRuns: 150 },
    );
    // A template of one's own may want to say far more than fits, in characters that count twice.
    const long = textsOf({ template: '{{ symbol }}\n'.repeat(150) });
    for (const symbol of ['🦜'.repeat(64), '<&>"'.repeat(16), 'x'.repeat(64)]) {
      const told = long.alert(alert({ symbol }), AGAIN);
      check(told.html, told.bare);
      expect(told.bare.length).toBeGreaterThan(1_900);
    }
    const { html, bare } = texts.announcement({ title: '<b>', lines: Array.from({ length: 60 }, () => HOSTILE).flat() });
    check(html, bare);
  });

  it('asks for the chat for doctor, and posts only when told to', async () => {
    const { sink, messages, next } = await start();
    const probe = (send: boolean) => lastValueFrom(sink.probe!(send).pipe(toArray()), { defaultValue: [] });
    expect(await probe(false)).toMatchObject([{ name: 'chat', outcome: 'fine' }]);
    expect(messages()).toStrictEqual([]);
    expect(await probe(true)).toMatchObject([{ outcome: 'fine' }, { name: 'test message', outcome: 'fine' }]);
    expect(messages()).toHaveLength(1);
    next({ reply: failure(403, telltale) });
    const found = await probe(false);
    expect(found).toMatchObject([{ outcome: 'failed', cure: expect.stringContaining('administrator') }]);
    expect(inspect(found)).not.toContain(KEY);
  });

  it('refuses settings that cannot work, without repeating the token', () => {
    const refusal = (given: object): string =>
      JSON.stringify(telegram.options.safeParse({ botToken: TOKEN, chat: CHAT, ...given }).error?.issues ?? 'taken');
    for (const given of [{}, { chat: -42 }, { chat: '@channel' }, { server: 'https://bots.example' }])
      expect(refusal(given)).toBe('"taken"');
    for (const given of [
      { botToken: KEY },
      { botToken: `${TOKEN}/x` },
      { chat: 'channel' },
      { thread: 0 },
      { server: 'http://bots.example' },
      { server: 'https://bots.example/path' },
      { server: 'https://user:pass@bots.example' },
      { template: '{{ nothing }}' },
    ]) {
      expect(refusal(given)).not.toBe('"taken"');
      expect(refusal(given)).not.toContain(KEY);
    }
  });
});
