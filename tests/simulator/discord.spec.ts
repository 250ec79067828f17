import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import type { DiscordSettings } from '../../src/simulator/discord.js';
import { createDiscord } from '../../src/simulator/discord.js';
import type { SimulatedReply } from '../../src/simulator/door.js';

const START_MS = 1_786_017_600_000;
const [ID, TOKEN] = ['1300000000000000001', 'a-token'.repeat(10)];
const PATH = `/api/v10/webhooks/${ID}/${TOKEN}`;
const HEADERS = { 'content-type': 'application/json', 'user-agent': 'DiscordBot (https://test.example, 1)' };

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: unknown;
  readonly text: string;
}

const open = (settings: Partial<DiscordSettings> = {}) => {
  const clock = createVirtualClock(START_MS);
  const world = createDiscord({ wireTime: clock, webhooks: [{ id: ID, token: TOKEN }], ...settings });
  const send = (
    method: string,
    path: string,
    body = '',
    headers: Record<string, string> = HEADERS,
  ): readonly SimulatedReply[] => {
    const replies: SimulatedReply[] = [];
    world.http.handle({ method, path, headers, body }).subscribe((reply) => replies.push(reply));
    return replies;
  };
  const ask = (...request: Parameters<typeof send>): Answer => {
    const [reply] = send(...request);
    if (reply?.kind !== 'reply') throw new Error('no reply');
    const isJson = reply.headers['content-type'] === 'application/json';
    return { status: reply.status, headers: reply.headers, text: reply.body, json: isJson ? JSON.parse(reply.body) : null };
  };
  const post = (body: unknown, query = '?wait=true'): Answer => ask('POST', PATH + query, JSON.stringify(body));
  return { clock, world, send, ask, post };
};

const HELLO = { content: 'hello' };
const embed = (given: object): object => ({ embeds: [{ title: 't', ...given }] });
const fields = (count: number, value = 'v'): readonly object[] => Array.from({ length: count }, () => ({ name: 'n', value }));
const parrots = (count: number): string => '🦜'.repeat(count);

describe('the simulated Discord', () => {
  it('keeps a message and answers with it when asked to wait', () => {
    const { post, world } = open();
    const { status, json, headers } = post({ ...HELLO, username: 'Momentum' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      type: 0,
      content: 'hello',
      webhook_id: ID,
      author: { username: 'Momentum' },
      timestamp: '2026-08-06T12:00:00.000000+00:00',
    });
    expect(headers).toMatchObject({ 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '4', 'x-ratelimit-reset-after': '2.000' });
    expect(world.saved()).toMatchObject([{ webhookId: ID, body: HELLO, savedAtMs: START_MS }]);
    const { id } = json as { readonly id: string };
    expect(Number((BigInt(id) >> 22n) + 1_420_070_400_000n)).toBe(START_MS);
  });

  it('answers 204 without waiting', () => {
    const { post, world } = open();
    expect(post(HELLO, '')).toMatchObject({ status: 204, text: '' });
    expect(world.saved()).toHaveLength(1);
  });

  it.each([
    ['content', { content: parrots(2000) }],
    ['title', embed({ title: parrots(256) })],
    ['description', embed({ description: parrots(4096) })],
    ['field name', embed({ fields: [{ name: parrots(256), value: 'v' }] })],
    ['field value', embed({ fields: fields(1, parrots(1024)) })],
    ['fields', embed({ fields: fields(25) })],
    ['footer', embed({ footer: { text: parrots(2048) } })],
    ['all embeds', embed({ title: 'x'.repeat(200), description: 'd'.repeat(3752), footer: { text: 'f'.repeat(2048) } })],
    ['outer white space is not counted', { content: `  ${'x'.repeat(2000)}  ` }],
    ['ten embeds', { embeds: Array.from({ length: 10 }, () => ({ title: 't' })) }],
    ['color', embed({ color: 0xffffff })],
    ['username', { ...HELLO, username: parrots(80) }],
    ['null', { ...HELLO, embeds: null, username: null }],
  ])('accepts what is just within the limit: %s', (_, body) => {
    expect(open().post(body).status).toBe(200);
  });

  it.each([
    ['content', { content: parrots(2001) }],
    ['embeds.0.title', embed({ title: parrots(257) })],
    ['embeds.0.description', embed({ description: parrots(4097) })],
    ['embeds.0.fields.0.name', embed({ fields: [{ name: parrots(257), value: 'v' }] })],
    ['embeds.0.fields.0.value', embed({ fields: fields(1, parrots(1025)) })],
    ['embeds.0.fields.0.value', embed({ fields: fields(1, ' ') })],
    ['embeds.0.fields.0.value', embed({ fields: [{ name: 'n' }] })],
    ['embeds.0.fields', embed({ fields: fields(26) })],
    ['embeds.0.footer.text', embed({ footer: { text: parrots(2049) } })],
    ['embeds.0.author.name', embed({ author: { name: parrots(257) } })],
    ['embeds.0.color', embed({ color: 0x1000000 })],
    ['embeds.0.timestamp', embed({ timestamp: 'yesterday' })],
    ['embeds.0.url', embed({ url: 'javascript:1' })],
    ['embeds', embed({ title: 'x'.repeat(201), description: 'd'.repeat(3752), footer: { text: 'f'.repeat(2048) } })],
    ['embeds', { embeds: Array.from({ length: 11 }, () => ({ title: 't' })) }],
    ['username', { ...HELLO, username: parrots(81) }],
    ['username', { ...HELLO, username: 'My DisCord bot' }],
    ['username', { ...HELLO, username: 'everyone' }],
    ['allowed_mentions.parse', { ...HELLO, allowed_mentions: { parse: ['users'], users: ['1'] } }],
  ])('refuses what is beyond the limit and names the field: %s', (path, body) => {
    const { post, world } = open();
    const { status, json } = post(body);
    expect({ status, json }).toMatchObject({ status: 400, json: { code: 50035 } });
    const leaf = path
      .split('.')
      .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], (json as { errors: unknown }).errors);
    expect(leaf).toHaveProperty('_errors');
    expect(world.saved()).toHaveLength(0);
  });

  it.each([
    ['an empty message', 'POST', PATH, '{"embeds":[]}', HEADERS, 400, 50006],
    ['what is no JSON', 'POST', PATH, '{', HEADERS, 400, 50109],
    ['no content type', 'POST', PATH, '{}', { 'user-agent': 'x' }, 400, 50035],
    ['no user agent', 'POST', PATH, '{}', { 'content-type': 'application/json' }, 403, 40333],
    ['a wrong token', 'POST', `/api/v10/webhooks/${ID}/wrong`, '{}', HEADERS, 401, 50027],
    ['an unknown webhook', 'POST', `/api/v10/webhooks/1/${TOKEN}`, '{}', HEADERS, 404, 10015],
    ['another path', 'POST', '/api/v10/channels/1', '{}', HEADERS, 404, 0],
    ['a wrong method', 'PUT', PATH, '{}', HEADERS, 405, 0],
    ['an old version', 'POST', PATH.replace('v10', 'v5'), '{}', HEADERS, 400, 50041],
    ['an unknown message', 'GET', `${PATH}/messages/1`, '', HEADERS, 404, 10008],
  ] as const)('refuses %s', (_, method, path, body, headers, status, code) => {
    expect(open().ask(method, path, body, headers)).toMatchObject({ status, json: { code } });
  });

  it('complains in the old style where the address has no version', () => {
    const { ask } = open();
    const bad = JSON.stringify(embed({ title: parrots(257) }));
    expect(ask('POST', PATH.replace('/v10', ''), bad)).toMatchObject({ status: 400, json: { embeds: ['0'] } });
  });

  it('counts five in two seconds and tells it in headers', () => {
    const { post, clock } = open();
    const remaining = Array.from({ length: 5 }, () => post(HELLO).headers['x-ratelimit-remaining']);
    expect(remaining).toStrictEqual(['4', '3', '2', '1', '0']);
    clock.advanceTo(START_MS + 1_624);
    expect(post(HELLO)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1', 'x-ratelimit-scope': 'user', 'x-ratelimit-remaining': '0' },
      json: { message: 'You are being rate limited.', retry_after: 0.376, global: false },
    });
    clock.advanceTo(START_MS + 2_000);
    expect(post(HELLO).status).toBe(200);
  });

  it('counts thirty in a minute and tells it only when it refuses', () => {
    const { post, clock } = open();
    for (let i = 0; i < 30; i++) {
      expect(post(HELLO).status).toBe(200);
      clock.advanceTo(clock.now() + 1_000);
    }
    const refused = post(HELLO);
    expect(refused).toMatchObject({ status: 429, headers: { 'x-ratelimit-scope': 'shared' }, json: { retry_after: 30 } });
    expect(Number(refused.headers['x-ratelimit-remaining'])).toBeGreaterThan(0);
    clock.advanceTo(START_MS + 60_000);
    expect(post(HELLO).status).toBe(200);
  });

  it('bans an address that earns too many refusals', () => {
    const { ask, post } = open({ limits: { invalidCount: 3 } });
    for (let i = 0; i < 3; i++) expect(ask('POST', `/api/v10/webhooks/${ID}/wrong`, '{}').status).toBe(401);
    expect(post(HELLO)).toMatchObject({ status: 429, text: 'error code: 1015', headers: { 'retry-after': '3600' } });
  });

  it('shows, edits and deletes a message by its id, in its own thread only', () => {
    const { post, ask, world } = open({ limits: { webhookCount: 9 } });
    const { id } = post(HELLO, '?wait=true&thread_id=7').json as { readonly id: string };
    const message = `${PATH}/messages/${id}`;
    expect(ask('GET', message).json).toMatchObject({ code: 10008 });
    expect(ask('GET', `${message}?thread_id=7`).json).toMatchObject({ content: 'hello', edited_timestamp: null });
    expect(ask('PATCH', `${message}?thread_id=7`, '{"content":"bye"}').json).toMatchObject({ content: 'bye' });
    expect(ask('DELETE', `${message}?thread_id=7`).status).toBe(204);
    expect(ask('GET', `${message}?thread_id=7`).json).toMatchObject({ code: 10008 });
    expect(world.saved()).toMatchObject([{ id, body: { content: 'bye' }, deletedAtMs: START_MS }]);
  });

  it('lets three messages older than an hour be changed in six seconds', () => {
    const { post, ask, clock } = open({ limits: { webhookCount: 9 } });
    const { id } = post(HELLO, '?wait=true').json as { readonly id: string };
    const change = () => ask('PATCH', `${PATH}/messages/${id}`, '{"content":"bye"}');
    expect([change().status, change().status, change().status, change().status]).toStrictEqual([200, 200, 200, 200]);
    clock.advanceTo(START_MS + 3_600_001);
    expect([change().status, change().status, change().status]).toStrictEqual([200, 200, 200]);
    expect(change()).toMatchObject({ status: 429, json: { code: 30046, retry_after: 6 } });
    clock.advanceTo(START_MS + 3_606_001);
    expect(change().status).toBe(200);
  });

  it('plays the faults of its script, before and after saving', () => {
    const { send, post, world, clock } = open({ latencyMs: [50, 50] });
    const body = JSON.stringify(HELLO);
    world.script.next({ kind: 'reset' }, { kind: 'hang' }, { kind: 'saved-reset' }, { kind: 'saved-hang' });
    const kinds = Array.from({ length: 4 }, () => send('POST', PATH, body));
    clock.advanceTo(START_MS + 50);
    expect(kinds.map(([reply]) => reply?.kind)).toStrictEqual(['reset', 'hang', 'reset', 'hang']);
    expect(world.saved()).toHaveLength(2);
    clock.advanceTo(START_MS + 2_000);
    world.script.next({ kind: 'saved-slow', delayMs: 20_000 }, { kind: 'saved-reply', status: 204, body: '' });
    const [slow, odd] = [send('POST', PATH, body), send('POST', PATH, body)];
    clock.advanceTo(START_MS + 21_000);
    expect([slow, odd].map((replies) => replies.length)).toStrictEqual([0, 1]);
    clock.advanceTo(START_MS + 22_050);
    expect(slow).toMatchObject([{ status: 204 }]);
    world.script.always({ kind: 'html', status: 503 });
    expect(() => post(HELLO)).toThrow('no reply');
    world.script.always(null);
    world.script.removeWebhook(ID);
    const [gone] = [send('POST', PATH, body)];
    clock.advanceTo(START_MS + 23_000);
    expect(gone).toMatchObject([{ status: 404 }]);
    expect(world.log().map(({ answer }) => answer)).toStrictEqual(['reset', 'hang', 'reset', 'hang', 204, 204, 503, 404]);
    expect(world.log().filter(({ savedId }) => savedId !== null)).toHaveLength(4);
  });

  it.each([
    [{ scope: 'user', retryAfter: 0.376 }, { 'x-ratelimit-scope': 'user' }, { retry_after: 0.376, global: false }],
    [{ scope: 'shared', retryAfter: 42.911 }, { 'x-ratelimit-remaining': '4', 'retry-after': '43' }, { retry_after: 42.911 }],
    [{ scope: 'global', retryAfter: 1.257 }, { 'x-ratelimit-global': 'true', 'retry-after': '2' }, { global: true }],
    [{ scope: 'user', retryAfter: 'soon' }, {}, { retry_after: 'soon' }],
    [{ scope: 'cloudflare', retryAfter: 3600, form: 'json' }, { 'retry-after': '3600' }, { code: 0 }],
    [{ scope: 'cloudflare', retryAfter: null, form: 'html' }, { server: 'cloudflare' }, null],
  ] as const)('refuses in each of the four ways: %j', (limit, headers, json) => {
    const { post, world } = open();
    world.script.next({ kind: 'limited', ...limit });
    const answer = post(HELLO);
    expect(answer).toMatchObject({ status: 429, headers, json });
    expect(answer.headers['via'] === undefined).toBe(limit.scope === 'cloudflare');
  });

  it('is the same world for the same seed', () => {
    const bucket = (seed: number): string | undefined => open({ seed }).post(HELLO).headers['x-ratelimit-bucket'];
    expect(bucket(1)).toBe(bucket(1));
    expect(bucket(1)).not.toBe(bucket(2));
  });
});
