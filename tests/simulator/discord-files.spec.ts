import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/runtime/virtual-clock.js';
import { createDiscord } from '../../src/simulator/discord.js';
import type { SimulatedReply } from '../../src/simulator/door.js';

/*
 * Bodies in parts, made here by the plainest means: what the sink makes of them is tested beside the sink.
 */

const START_MS = 1_786_017_600_000;
const [ID, TOKEN] = ['1300000000000000001', 'a-token'.repeat(10)];
const PATH = `/api/v10/webhooks/${ID}/${TOKEN}`;
const TYPE = 'multipart/form-data; boundary=xyz';

interface Part {
  readonly head: string;
  readonly content: string | Buffer;
}
const payload = (value: unknown): Part => ({ head: 'name="payload_json"', content: JSON.stringify(value) });
const file = (n: number, name: string, content: string | Buffer = 'PNG'): Part => ({
  head: `name="files[${n}]"; filename="${name}"`,
  content,
});

const bodyOf = (parts: readonly Part[], boundary = 'xyz'): Buffer =>
  Buffer.concat([
    ...parts.flatMap(({ head, content }) => [
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\nContent-Type: image/png\r\n\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);

const open = () => {
  const clock = createVirtualClock(START_MS);
  const world = createDiscord({ wireTime: clock, webhooks: [{ id: ID, token: TOKEN }], limits: { webhookCount: 1_000 } });
  const ask = (method: string, path: string, bytes: Uint8Array, contentType = TYPE) => {
    const replies: SimulatedReply[] = [];
    const headers = { 'user-agent': 'DiscordBot (https://test.example, 1)', 'content-type': contentType };
    world.http.handle({ method, path, headers, body: '', bytes }).subscribe((reply) => replies.push(reply));
    const [reply] = replies;
    if (reply?.kind !== 'reply') throw new Error('no reply');
    return { status: reply.status, json: JSON.parse(reply.body) as Readonly<Record<string, unknown>> };
  };
  const post = (...parts: readonly Part[]) => ask('POST', `${PATH}?wait=true`, bodyOf(parts));
  const patch = (id: string, ...parts: readonly Part[]) => ask('PATCH', `${PATH}/messages/${id}`, bodyOf(parts));
  return { world, ask, post, patch };
};

const SHOWN = { embeds: [{ title: 't', image: { url: 'attachment://a.png' } }] };
const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

describe('the simulated Discord and files', () => {
  it('keeps each file with its message, byte by byte, under the words that go with it', () => {
    const { world, post } = open();
    const bytes = Buffer.from([0, 1, 255, 13, 10, 45, 45]);
    const attachments = [{ id: 1, filename: 'renamed.png', description: 'a chart' }];
    const answer = post(payload({ ...SHOWN, attachments }), file(0, 'a.png', bytes), file(1, 'b.png'));
    expect(answer.status).toBe(200);
    const [message] = world.saved();
    expect(message?.body).toMatchObject(SHOWN);
    expect(message?.files.map(({ filename, description, contentType }) => [filename, description, contentType])).toStrictEqual([
      ['a.png', null, 'image/png'],
      ['renamed.png', 'a chart', 'image/png'],
    ]);
    expect(message?.files.map((each) => textOf(each.bytes))).toStrictEqual([bytes.toString('latin1'), 'PNG']);
  });

  it('shows a file in the embed that names it, and what no embed names below the message', () => {
    const { post } = open();
    const { json } = post(payload(SHOWN), file(0, 'a.png'), file(1, 'b.png'));
    expect(json).toMatchObject({
      embeds: [{ title: 't', image: { url: expect.stringMatching(/^https:\/\/cdn\.discordapp\.com\/attachments\/.*\/a\.png/) } }],
      attachments: [{ filename: 'b.png', size: 3, content_type: 'image/png' }],
    });
    const unfit = post(payload({ embeds: [{ title: 't', image: { url: 'attachment://a.txt' } }] }), file(0, 'a.txt'));
    expect(unfit.json).toMatchObject({
      embeds: [{ image: { url: 'attachment://a.txt' } }],
      attachments: [{ filename: 'a.txt' }],
    });
  });

  it('takes a message that is nothing but a file', () => {
    expect(open().post(payload({}), file(0, 'a.png')).status).toBe(200);
    expect(open().post(payload({})).json).toMatchObject({ code: 50006 });
  });

  it('tells of a body in parts its JSON in the log', () => {
    const { world, post } = open();
    post(payload(SHOWN), file(0, 'a.png'));
    expect(world.log().map(({ body }) => JSON.parse(body) as unknown)).toStrictEqual([SHOWN]);
  });

  it.each<[string, Buffer, string]>([
    ['has no end', bodyOf([payload(SHOWN)]).subarray(0, -6), TYPE],
    ['has another boundary than it says', bodyOf([payload(SHOWN)], 'abc'), TYPE],
    ['says no boundary', bodyOf([payload(SHOWN)]), 'multipart/form-data'],
    ['has no JSON', bodyOf([file(0, 'a.png')]), TYPE],
    ['has its JSON twice', bodyOf([payload(SHOWN), payload(SHOWN)]), TYPE],
    ['has two files of one number', bodyOf([payload(SHOWN), file(0, 'a.png'), file(0, 'b.png')]), TYPE],
    ['has a part of an unknown name', bodyOf([payload(SHOWN), { head: 'name="picture"; filename="a.png"', content: 'x' }]), TYPE],
    ['has a file without a name', bodyOf([payload(SHOWN), { head: 'name="files[0]"', content: 'x' }]), TYPE],
  ])('refuses a body that %s', (_, body, contentType) => {
    const { ask, world } = open();
    expect(ask('POST', PATH, body, contentType)).toMatchObject({ status: 400, json: { code: 50035 } });
    expect(world.saved()).toHaveLength(0);
  });

  it('refuses JSON that is none, and complaints about the message come as ever', () => {
    const { post } = open();
    expect(post({ head: 'name="payload_json"', content: '{' }).json).toMatchObject({ code: 50109 });
    expect(post(payload({ content: 'x'.repeat(2001) }), file(0, 'a.png')).json).toMatchObject({
      code: 50035,
      errors: { content: {} },
    });
  });

  it('refuses an entry of attachments that speaks of no file, words that are too long, and more than ten files', () => {
    const { post } = open();
    const files = Array.from({ length: 10 }, (_, n) => file(n, `${n}.png`));
    expect(post(payload({ ...SHOWN, attachments: [{ id: 2 }] }), file(0, 'a.png')).json).toMatchObject({
      errors: { attachments: { 0: { id: {} } } },
    });
    const description = 'x'.repeat(1025);
    expect(post(payload({ ...SHOWN, attachments: [{ id: 0, description }] }), file(0, 'a.png')).status).toBe(400);
    expect(post(payload(SHOWN), ...files).status).toBe(200);
    expect(post(payload({ ...SHOWN, attachments: Array.from({ length: 11 }, (_, id) => ({ id })) }), ...files).status).toBe(400);
  });

  it('refuses a file above 10 MiB, and a request above 25 MiB', () => {
    const { post } = open();
    const large = Buffer.alloc(10 * 1024 * 1024);
    expect(post(payload(SHOWN), file(0, 'a.png', large)).status).toBe(200);
    expect(post(payload(SHOWN), file(0, 'a.png', Buffer.concat([large, Buffer.from('x')])))).toMatchObject({
      status: 413,
      json: { code: 50045 },
    });
    expect(post(payload(SHOWN), file(0, 'a.png', large), file(1, 'b.png', large), file(2, 'c.png', large))).toMatchObject({
      status: 413,
      json: { code: 40005 },
    });
  });

  it('keeps the files of an edited message, unless the edit lists those that stay', () => {
    const { world, post, patch } = open();
    const { json } = post(payload(SHOWN), file(0, 'a.png'), file(1, 'b.png'));
    const id = String(json['id']);
    const names = (): readonly string[] => world.saved()[0]?.files.map(({ filename }) => filename) ?? [];
    expect(patch(id, payload({ content: 'more' })).status).toBe(200);
    expect(names()).toStrictEqual(['a.png', 'b.png']);
    const [, kept] = world.saved()[0]?.files ?? [];
    expect(patch(id, payload({ attachments: [{ id: kept?.id }, { id: 0 }] }), file(0, 'c.png')).status).toBe(200);
    expect(names()).toStrictEqual(['b.png', 'c.png']);
    expect(patch(id, payload({ attachments: [] })).status).toBe(200);
    expect(names()).toStrictEqual([]);
  });
});
