import { inspect } from 'node:util';
import { throwError } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/runtime/http.js';
import type { DiscordOutcome } from '../../../src/simulator/discord.js';
import { discord } from '../../../src/sinks/discord/discord.js';
import { AGAIN, alert, FIRST } from '../../support/alerts.js';
import { recordedContext } from '../../support/context.js';
import { ended, outcomeOf, sinkContract } from '../contract.js';
import type { ServedWorld } from './world.js';
import { addressAt, ID, LOOPBACK, seenIn, servedWorld, TOKEN } from './world.js';

const telltale = JSON.stringify({
  message: `POST ${addressAt(LOOPBACK)}`,
  code: 50035,
  errors: { [TOKEN]: { _errors: [{ code: TOKEN, message: ID }] } },
});
const HOPELESS: readonly DiscordOutcome[] = [
  { kind: 'status', status: 400, body: telltale },
  { kind: 'status', status: 302, headers: { location: addressAt('http://127.0.0.1:9') } },
  { kind: 'html', status: 502 },
  { kind: 'limited', scope: 'user', retryAfter: 1 },
  { kind: 'limited', scope: 'cloudflare', retryAfter: null, form: 'html' },
  { kind: 'saved-reset' },
  { kind: 'saved-hang' },
  { kind: 'status', status: 401, body: telltale },
  { kind: 'usual' },
];

describe('the discord sink', () => {
  sinkContract(async () => {
    const { sink, world, faults, rest, close } = await servedWorld({ username: 'Momentum' });
    return {
      sink,
      faults,
      rest,
      close,
      secrets: [TOKEN, ID],
      failings: HOPELESS.map((outcome) => () => world.script.next(outcome)),
      seen: () => seenIn(world),
    };
  });

  describe('over a real connection', () => {
    let open: ServedWorld | undefined;
    const start = async (options: object = {}): Promise<ServedWorld> => (open = await servedWorld(options));
    afterEach(() => open?.close());

    it('posts one embed that rings nobody, and gives the id of the message', async () => {
      const { sink, world } = await start();
      const receipt = await ended(sink.deliver(alert(), FIRST));
      const [message] = world.saved();
      expect(receipt).toStrictEqual({ messageId: message?.id });
      expect(message?.body).toMatchObject({ allowed_mentions: { parse: [] }, embeds: [{ color: 0x2ecc71 }] });
      expect(message?.body).not.toHaveProperty('username');
      const [asked] = world.log();
      expect(asked?.path).toBe(`/api/v10/webhooks/${ID}/${TOKEN}?wait=true`);
      expect(asked?.headers).toMatchObject({ 'content-type': 'application/json' });
      expect(asked?.headers['user-agent']).toMatch(/^DiscordBot \(https:\/\/[^,]+, [\d.]+\)$/);
    });

    it('leaves the address to nobody once Discord has refused it', async () => {
      const { sink, world } = await start();
      world.script.removeWebhook(ID);
      const first = await outcomeOf(sink, alert());
      expect(first).toMatchObject({ failure: 'disabled', detail: 'Discord answers 404: Unknown Webhook, code 10015' });
      expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'disabled' });
      expect(await outcomeOf(sink, alert(), AGAIN)).toMatchObject({ failure: 'disabled' });
      expect(world.log()).toHaveLength(1);
    });

    it('does not know what became of a message whose answer is lost, and does not send it again', async () => {
      const { sink, world } = await start();
      world.script.next({ kind: 'saved-reset' }, { kind: 'saved-slow', delayMs: 2_000 });
      expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'unknown', strong: true });
      expect(await outcomeOf(sink, alert(), AGAIN)).toMatchObject({ failure: 'unknown', strong: true });
      expect(world.saved()).toHaveLength(2);
      expect(world.log()).toHaveLength(2);
    });

    it('does not follow a redirect', async () => {
      const { sink, world } = await start();
      world.script.next({ kind: 'status', status: 307, headers: { location: '/api/v10/elsewhere' } });
      expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'refused' });
      expect(world.log()).toHaveLength(1);
    });

    it('sends once more without the name when it is the name that is refused, and goes on without', async () => {
      const { sink, world, faults } = await start({ username: 'Momentum' });
      const body = {
        message: 'Invalid Form Body',
        code: 50035,
        errors: { username: { _errors: [{ code: 'USERNAME_INVALID_CONTAINS' }] } },
      };
      world.script.next({ kind: 'status', status: 400, body: JSON.stringify(body) });
      expect(await outcomeOf(sink, alert())).toHaveProperty('messageId');
      expect(await outcomeOf(sink, alert())).toHaveProperty('messageId');
      expect(world.log().map((request) => request.body.includes('"username"'))).toStrictEqual([true, false, false]);
      expect(faults).toMatchObject([{ kind: 'delivery-odd', sink: 'discord' }]);
    });

    it('gives up after that one time', async () => {
      const { sink, world } = await start({ username: 'Momentum' });
      const body = JSON.stringify({ errors: { username: { _errors: [{ code: 'USERNAME_INVALID' }] } } });
      world.script.always({ kind: 'status', status: 400, body });
      expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'dead' });
      expect(world.log()).toHaveLength(2);
    });

    it.each([
      ['204', { kind: 'saved-reply', status: 204, body: '' }],
      ['half a JSON', { kind: 'saved-reply', status: 200, body: '{"id": "14012' }],
      ['an id that is none', { kind: 'saved-reply', status: 200, body: '{"id": 1401234567890123456}' }],
    ] as const)('takes %s for accepted, without an id, and says so', async (_, outcome) => {
      const { sink, world, faults } = await start();
      world.script.next(outcome);
      expect(await outcomeOf(sink, alert())).toStrictEqual({ messageId: null });
      expect(faults).toMatchObject([{ kind: 'delivery-odd', sink: 'discord' }]);
    });
  });

  it('may send again without a thought what never left', async () => {
    const closed = await servedWorld();
    await closed.close();
    const { context } = recordedContext({ http: createHttp() });
    const sink = discord.create(discord.options.parse({ webhookUrl: addressAt(closed.origin) }), context);
    const outcome = await outcomeOf(sink, alert());
    expect(outcome).toMatchObject({ failure: 'refused', strong: false });
    expect(inspect(outcome)).not.toContain(TOKEN);
  });

  it('takes even a bug of the network for an unknown outcome, and tells nothing of it but its name', async () => {
    const http = { request: () => throwError(() => new TypeError(addressAt(LOOPBACK))) };
    const sink = discord.create(discord.options.parse({ webhookUrl: addressAt(LOOPBACK) }), recordedContext({ http }).context);
    const outcome = await outcomeOf(sink, alert());
    expect(outcome).toMatchObject({
      failure: 'unknown',
      strong: true,
      detail: 'the request failed in an unforeseen way: TypeError',
    });
    expect(inspect(outcome)).not.toContain(TOKEN);
  });

  it('refuses settings that cannot work, without repeating the address', () => {
    const refusal = (given: object): string => JSON.stringify(discord.options.safeParse(given).error?.issues);
    expect(refusal({ webhookUrl: `https://evil.example/api/webhooks/${ID}/${TOKEN}` })).toContain(
      'https://discord.com/api/webhooks/ID/TOKEN',
    );
    expect(refusal({ webhookUrl: `https://evil.example/api/webhooks/${ID}/${TOKEN}` })).not.toContain(TOKEN);
    expect(refusal({})).toContain('webhookUrl');
    const valid = { webhookUrl: addressAt('https://discord.com') };
    for (const username of ['Discord alerts', 'clyde', 'a@b', 'here', '', 'x'.repeat(81)])
      expect(refusal({ ...valid, username })).toContain('username');
    expect(discord.options.parse({ ...valid, username: '🦜'.repeat(80) })).toMatchObject({ name: 'discord', deadline: 10_000 });
  });
});
