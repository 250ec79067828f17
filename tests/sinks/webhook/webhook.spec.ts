import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Sink } from '../../../src/ports/sink.js';
import { createHttp } from '../../../src/runtime/http.js';
import { createMarketClock } from '../../../src/runtime/market-clock.js';
import { alertsBody, EVENT_BYTES_MAX, alertBody } from '../../../src/sinks/webhook/body.js';
import { webhook } from '../../../src/sinks/webhook/webhook.js';
import { AGAIN, alert, anyAlert, FIRST, HOSTILE } from '../../support/alerts.js';
import { recordedContext } from '../../support/context.js';
import { ended, episode, outcomeOf, sinkContract } from '../contract.js';
import type { ScriptedWorld } from '../wire/world.js';
import { reply, scriptedWorld } from '../wire/world.js';

const TOKEN = 'very-secret-path-token';
const keyOf = (letter: string): string => Buffer.from(letter.repeat(32)).toString('base64');
const SECRET = `whsec_${keyOf('n')}`;
const OLD_SECRET = `whsec_${keyOf('o')}`;
const SECRETS = [TOKEN, 'query-token-too', SECRET, keyOf('n'), OLD_SECRET, keyOf('o')];

interface Event {
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly id: string;
    readonly version: number;
    readonly text: string;
    readonly title?: string;
    readonly lines?: readonly string[];
    readonly alerts?: readonly { readonly id: string; readonly text: string }[];
  };
}

/** A receiver as Standard Webhooks wants it: checks what is signed, and knows a copy by its id. */
const receiver = () => {
  const events: Event[] = [];
  const ids: string[] = [];
  const complaints: string[] = [];
  return {
    events,
    ids,
    complaints,
    handle: ({ headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string }) => {
      const { 'webhook-id': id = '', 'webhook-timestamp': at = '', 'webhook-signature': signature = '' } = headers;
      const right = createHmac('sha256', Buffer.from(keyOf('o'), 'base64'))
        .update(`${id}.${at}.${body}`)
        .digest('base64');
      if (!signature.split(' ').includes(`v1,${right}`)) complaints.push('signature');
      if (Math.abs(Number(at) - Date.now() / 1_000) > 300) complaints.push('timestamp');
      if (!/^[\w~-]+$/.test(id)) complaints.push('id');
      ids.push(id);
      events.push(JSON.parse(body) as Event);
      return reply(204);
    },
  };
};

type World = ScriptedWorld & ReturnType<typeof receiver> & { readonly sink: Sink; readonly faults: readonly object[] };

const begin = async (given: object = {}): Promise<World> => {
  const seen = receiver();
  const world = await scriptedWorld(seen.handle);
  const { http, wireTime } = world;
  const { context, faults } = recordedContext({ http, wireTime, marketTime: createMarketClock() });
  const options = {
    url: `${world.origin}/hooks/${TOKEN}?key=query-token-too`,
    secrets: [SECRET, OLD_SECRET],
    allowInsecure: true,
    allowNetworks: ['127.0.0.1'],
    deadline: '1500ms',
  };
  return { ...world, ...seen, faults, sink: webhook.create(webhook.options.parse({ ...options, ...given }), context) };
};

/** A receiver that shows an episode shows what it was told last; `null` for what is no episode. */
const shownAs = ({ type, data }: Event): string | null => (type === 'momentum.episode' ? data.id : null);

const textOf = ({ data }: Event): string =>
  data.title === undefined
    ? (data.alerts?.map(({ id, text }) => `${text}\n${id}`).join('\n') ?? data.text)
    : [data.title, ...(data.lines ?? [])].join('\n');

const telltale = `POST /hooks/${TOKEN}?key=query-token-too ${SECRET}`;

describe('the webhook sink', () => {
  sinkContract(
    async () => {
      const { sink, next, faults, events, rest, close } = await begin({ batchMax: 10, episodes: true });
      const outcomes = [
        { reply: reply(400, telltale) },
        { reply: reply(302, '', { location: telltale }) },
        { reply: reply(429, telltale, { 'retry-after': '1' }) },
        { reply: reply(500, telltale) },
        { reply: { kind: 'reset' }, saved: true },
        { reply: { kind: 'hang' } },
        { reply: reply(410, telltale) },
      ] as const;
      return {
        sink,
        faults: faults as never,
        rest,
        close,
        secrets: SECRETS,
        failings: outcomes.map((outcome) => () => next(outcome)),
        seen: () => [...new Map(events.map((event, at) => [shownAs(event) ?? at, textOf(event)])).values()],
      };
    },
    { batch: true, edit: true, announce: true },
  );

  let open: World | undefined;
  const start = async (given?: object): Promise<World> => (open = await begin(given));
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  it('sends a signed event that tells the alert to machines and to people', async () => {
    const { sink, events, complaints, log } = await start();
    expect(await ended(sink.deliver(alert(), AGAIN))).toStrictEqual({ messageId: 'abcdefghijklmnop_webhook' });
    expect(complaints).toStrictEqual([]);
    expect(events).toMatchObject([
      {
        type: 'momentum.alert',
        timestamp: '2026-08-06T12:15:00.000Z',
        data: { version: 1, id: 'abcdefghijklmnop', sink: 'webhook', attempt: 2, mayRepeat: true, alert: alert() },
      },
    ]);
    expect(log[0]).toMatchObject({ method: 'POST', path: `/hooks/${TOKEN}?key=query-token-too` });
    expect(log[0]?.headers['content-type']).toBe('application/json');
  });

  it('has one id for every copy of an alert, and another for another sink', async () => {
    const world = await start();
    await ended(world.sink.deliver(alert(), FIRST));
    await ended(world.sink.deliver(alert(), AGAIN));
    await ended(world.sink.deliver(alert({ id: 'another' }), FIRST));
    expect(world.ids).toStrictEqual(['abcdefghijklmnop_webhook', 'abcdefghijklmnop_webhook', 'another_webhook']);
    await world.close();
    const other = await start({ name: 'v1.desk' });
    await ended(other.sink.deliver(alert(), FIRST));
    expect(other.ids).toStrictEqual(['abcdefghijklmnop_v1~desk']);
  });

  it('signs with nothing when it has no secret', async () => {
    const { sink, log } = await start({ secrets: [] });
    await ended(sink.deliver(alert(), FIRST));
    expect(log[0]?.headers).not.toHaveProperty('webhook-signature');
  });

  it('signs as the specification does', async () => {
    const { keyOf: parsed, signatureOf } = await import('../../../src/sinks/webhook/sign.js');
    const { Secret } = await import('../../../src/model/secret.js');
    const key = parsed(new Secret('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'))!;
    const body = '{"email":"test@example.com","username":"test_user"}';
    expect(signatureOf([key], 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk', 1_649_367_553, body)).toBe(
      'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
    );
  });

  it.each([
    [410, {}, { failure: 'disabled' }],
    [429, { 'retry-after': '7' }, { failure: 'refused', retryAfterMs: 7_000 }],
    [503, { 'retry-after': '2' }, { failure: 'refused', retryAfterMs: 2_000 }],
    [503, {}, { failure: 'unknown', strong: false }],
    [500, {}, { failure: 'unknown', strong: false }],
    [504, {}, { failure: 'unknown', strong: true }],
    [408, {}, { failure: 'unknown', strong: false }],
    [400, {}, { failure: 'dead' }],
    [401, {}, { failure: 'dead' }],
    [404, {}, { failure: 'dead' }],
    [302, { location: 'http://169.254.169.254/' }, { failure: 'refused' }],
  ])('takes %d with %o for %o', async (status, headers, expected) => {
    const { sink, next, log } = await start();
    next({ reply: reply(status, '', headers) });
    expect(await outcomeOf(sink, alert())).toMatchObject(expected);
    await outcomeOf(sink, alert());
    expect(log).toHaveLength(status === 410 ? 1 : 2);
  });

  it('does not know what became of an event whose answer is lost', async () => {
    const { sink, next } = await start();
    next({ reply: { kind: 'reset' }, saved: true }, { reply: { kind: 'hang' }, saved: true });
    expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'unknown', strong: true });
    expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'unknown', strong: true });
  });

  it('F61: reaches no address of an inner network, by whatever name, and says which way out there is', async () => {
    const { sink, log, origin } = await start({ url: 'http://localhost:1/', allowNetworks: [] });
    expect(await outcomeOf(sink, alert())).toMatchObject({
      failure: 'refused',
      detail: 'no answer from the receiver: forbidden, the host leads to no address that may be reached',
    });
    const { context } = recordedContext({ http: createHttp(), marketTime: createMarketClock() });
    const port = new URL(origin).port;
    const options = webhook.options.parse({ url: `http://localhost:${port}/`, allowInsecure: true });
    expect(await outcomeOf(webhook.create(options, context), alert())).toMatchObject({ failure: 'refused' });
    expect(log).toStrictEqual([]);
  });

  it('F61: asks a name where it leads at the very moment of connecting', async () => {
    const { log, origin } = await start();
    const asked: string[] = [];
    const http = createHttp((hostname, _, answer) => {
      asked.push(hostname);
      // Public when it is looked at, inside when it is used: there is one look-up, and it is the one that connects.
      answer(null, [{ address: asked.length === 1 ? '127.0.0.1' : '8.8.8.8', family: 4 }]);
    });
    const { context } = recordedContext({ http, marketTime: createMarketClock() });
    const url = `http://rebound.example:${new URL(origin).port}/`;
    const sink = webhook.create(webhook.options.parse({ url, allowInsecure: true }), context);
    expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'refused', detail: expect.stringContaining('forbidden') });
    expect([asked, log]).toStrictEqual([['rebound.example'], []]);
    await http.close();
  });

  it('tells several alerts in one event, each with its own id', async () => {
    const { sink, events } = await start({ batchMax: 3 });
    expect(sink.batchMax).toBe(3);
    const postings = ['a', 'b'].map((id) => ({ alert: alert({ id }), attempt: FIRST }));
    await ended(sink.deliverBatch!(postings));
    expect(events).toMatchObject([
      {
        type: 'momentum.alerts',
        data: {
          version: 1,
          alerts: [
            { id: 'a', attempt: 1 },
            { id: 'b', mayRepeat: false },
          ],
        },
      },
    ]);
  });

  it('tells what has become of an alert when it is asked to, one event for each change', async () => {
    expect((await start()).sink).not.toHaveProperty('edit');
    await open?.close();
    const { sink, events, ids } = await start({ episodes: true });
    const { messageId } = await ended(sink.deliver(alert(), FIRST));
    for (const version of [2, 2, 3]) await ended(sink.edit!(messageId!, episode({ version }), FIRST));
    expect(ids.slice(1)).toStrictEqual([
      'abcdefghijklmnop-2_webhook',
      'abcdefghijklmnop-2_webhook',
      'abcdefghijklmnop-3_webhook',
    ]);
    expect(events[3]).toMatchObject({
      type: 'momentum.episode',
      timestamp: '2026-08-06T12:30:00.000Z',
      data: { version: 1, id: 'abcdefghijklmnop', change: 3, furthest: { close: 61_999.5 }, outcome: null },
    });
  });

  it('keeps every event within its limit, and it is JSON, whatever the alert holds', () => {
    const tell = ({ alert: { symbol } }: { alert: { symbol: string } }): string => symbol.repeat(3);
    fc.assert(
      fc.property(anyAlert, (told) => {
        const posting = { alert: told, attempt: AGAIN };
        const { text } = alertBody('webhook', posting, tell);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(EVENT_BYTES_MAX);
        expect(JSON.parse(text)).toMatchObject({ data: { id: told.id, alert: { id: told.id } } });
        expect(Buffer.byteLength(alertsBody('webhook', [posting, posting], tell).text)).toBeLessThanOrEqual(2 * EVENT_BYTES_MAX);
      }),
      { numRuns: 200 },
    );
    for (const symbol of HOSTILE) {
      const { text, isCut } = alertBody('webhook', { alert: alert({ symbol }), attempt: FIRST }, tell);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(EVENT_BYTES_MAX);
      expect(isCut).toBe(symbol.length >= 10_000);
    }
  });

  it('can only be tried by sending', async () => {
    const { sink, next, events } = await start();
    const probe = (send: boolean) => lastValueFrom(sink.probe!(send).pipe(toArray()), { defaultValue: [] });
    expect(await probe(false)).toMatchObject([{ outcome: 'skipped' }]);
    expect(events).toStrictEqual([]);
    expect(await probe(true)).toMatchObject([{ name: 'test event', outcome: 'fine' }]);
    expect(events).toMatchObject([{ type: 'momentum.test' }]);
    next({ reply: reply(401, telltale) });
    const found = await probe(true);
    expect(found).toMatchObject([{ outcome: 'failed', cure: expect.stringContaining('secrets') }]);
    expect(inspect(found)).not.toContain(TOKEN);
  });

  it('refuses settings that cannot work or would not be safe, without repeating the secrets', () => {
    const refusal = (given: object): string => JSON.stringify(webhook.options.safeParse(given).error?.issues ?? 'taken');
    const url = `https://example.com/${TOKEN}`;
    expect(refusal({ url, secrets: [SECRET] })).toBe('"taken"');
    for (const wrong of [
      { url: `http://example.com/${TOKEN}` },
      { url: `https://10.0.0.1/${TOKEN}` },
      { url: `https://[::1]/${TOKEN}` },
      { url: `https://169.254.169.254/${TOKEN}` },
      { url: `https://user:${TOKEN}@example.com/` },
      { url: `ftp://example.com/${TOKEN}` },
      { url: TOKEN },
      { url, secrets: [`whsec_${TOKEN}`] },
      { url, secrets: [keyOf('n')] },
      { url, secrets: ['whsec_c2hvcnQ='] },
      { url, allowNetworks: ['lan'] },
      { url, batchMax: 0 },
    ]) {
      expect(refusal(wrong)).not.toBe('"taken"');
      expect(refusal(wrong)).not.toContain(TOKEN);
    }
    expect(refusal({ url: 'http://127.0.0.1:8080/', allowInsecure: true, allowNetworks: ['127.0.0.0/8'] })).toBe('"taken"');
  });
});
