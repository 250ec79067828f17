import { inspect } from 'node:util';
import fc from 'fast-check';
import { catchError, concatMap, lastValueFrom, of, range, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { SimulatedReply, SimulatedRequest } from '../../../src/simulator/door.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { parseAddress } from '../../../src/sinks/slack/address.js';
import type { Message } from '../../../src/sinks/slack/message.js';
import { slack } from '../../../src/sinks/slack/slack.js';
import { AGAIN, alert, anyAlert, FIRST, HOSTILE, OPEN_MS } from '../../support/alerts.js';
import { recordedContext } from '../../support/context.js';
import { httpInto } from '../../support/http.js';
import { ended, outcomeOf, sinkContract } from '../contract.js';
import { reply, scriptedWorld } from '../wire/world.js';

const KEY = 'verySecretKeyOfTheHook24';
const PATH = `/services/T0TEAM123/B0APP4567/${KEY}`;
const SECRETS = [KEY, 'T0TEAM123', 'B0APP4567'];

/** Tokens that Slack reads in text: links, dates, mentions. What is not one of ours should not be there. */
const TOKEN = /<([^<>]*)>/g;
const OURS = /^(?:https:\/\/www\.binance\.com\/[^|<>]*\|[^|<>]+|!date\^\d+\^\{date_short_pretty\} \{time\}\|[^|<>]+)$/;

/** As a reader sees it: links by their text, dates by their fallback, escapes read. */
const shown = (mrkdwn: string): string =>
  mrkdwn
    .replace(TOKEN, (_, token: string) => token.split('|').at(-1) ?? '')
    .replace(/\*([^*\n]+)\*/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll('\u200b', '');

/** What Slack would refuse of a message, by its published limits. */
const complaintsAbout = ({ text, blocks }: Message): readonly string[] => [
  ...(text.trim() === '' || text.length > 4_000 ? ['text'] : []),
  ...(blocks.length === 0 || blocks.length > 50 ? ['blocks'] : []),
  ...blocks.flatMap((block) => (block.text.text.trim() === '' || block.text.text.length > 3_000 ? ['section'] : [])),
];

/** Tokens and stray brackets that nobody of ours has written. */
const strayIn = ({ text, blocks }: Message): readonly string[] =>
  [text, ...blocks.map((block) => block.text.text)].flatMap((each) => [
    ...[...each.matchAll(TOKEN)].map(([, token = '']) => token).filter((token) => !OURS.test(token)),
    ...(each.replace(TOKEN, '').match(/[<>]|&(?!amp;|lt;|gt;)/g) ?? []),
  ]);

/** A channel behind an incoming webhook. */
const channel = () => {
  const messages: Message[] = [];
  return {
    messages,
    handle: ({ path, body }: SimulatedRequest): SimulatedReply => {
      if (path !== PATH) return reply(404, 'no_service');
      const message = JSON.parse(body) as Message;
      const complaints = complaintsAbout(message);
      if (complaints.length > 0) return reply(400, 'invalid_blocks');
      messages.push(message);
      return reply(200, 'ok');
    },
  };
};

const begin = async (given: object = {}) => {
  const seen = channel();
  const world = await scriptedWorld(seen.handle);
  const { context, faults } = recordedContext({ http: world.http, wireTime: world.wireTime });
  const options = { webhookUrl: `${world.origin}${PATH}`, deadline: '1500ms', ...given };
  return { ...world, ...seen, faults, sink: slack.create(slack.options.parse(options), context) };
};

const textOf = ({ blocks }: Message): string => blocks.map((block) => shown(block.text.text)).join('\n');
const telltale = `POST ${PATH}`;

describe('the slack sink', () => {
  sinkContract(
    async () => {
      const { sink, faults, next, rest, close, messages } = await begin();
      const outcomes = [
        { reply: reply(400, `invalid_payload ${telltale}`) },
        { reply: reply(302, '', { location: telltale }) },
        { reply: reply(429, telltale, { 'retry-after': '1' }) },
        { reply: reply(500, `rollup_error ${telltale}`) },
        { reply: { kind: 'reset' }, saved: true },
        { reply: { kind: 'hang' } },
        { reply: reply(404, `channel_not_found ${telltale}`) },
      ] as const;
      return {
        sink,
        faults,
        rest,
        close,
        secrets: SECRETS,
        failings: outcomes.map((outcome) => () => next(outcome)),
        seen: () => messages.map(textOf),
      };
    },
    { batch: true, edit: false, announce: true },
  );

  let open: Awaited<ReturnType<typeof begin>> | undefined;
  const start = async (given?: object) => (open = await begin(given));
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  it('posts one section, with a text for notifications, and no previews', async () => {
    const { sink, messages } = await start();
    expect(await ended(sink.deliver(alert(), FIRST))).toStrictEqual({ messageId: null });
    expect(messages).toMatchObject([
      {
        text: '▲ BTCUSDT +2.41% · 15m · USD-M perpetual',
        blocks: [{ type: 'section', text: { type: 'mrkdwn', text: expect.stringContaining('*BTCUSDT*') }, expand: true }],
        unfurl_links: false,
        unfurl_media: false,
      },
    ]);
  });

  it.each([
    [reply(429, '', { 'retry-after': '30' }), { failure: 'refused', retryAfterMs: 30_050 }],
    [reply(429, '{"retry_after":2,"ok":false,"error":"rate_limited"}'), { failure: 'refused', retryAfterMs: 2_050 }],
    [reply(429, 'rate_limited'), { failure: 'refused', retryAfterMs: 1_050 }],
    [reply(400, 'invalid_payload'), { failure: 'dead', detail: 'Slack answers 400: invalid_payload' }],
    [reply(400, 'no_team'), { failure: 'disabled' }],
    [reply(403, 'action_prohibited'), { failure: 'disabled' }],
    [reply(404, 'channel_not_found'), { failure: 'disabled' }],
    [reply(410, 'channel_is_archived'), { failure: 'disabled' }],
    [reply(500, 'rollup_error'), { failure: 'unknown', strong: false }],
    [reply(504, '<html>'), { failure: 'unknown', strong: true, detail: 'Slack answers 504' }],
    [reply(408, ''), { failure: 'unknown' }],
    [reply(302, '', { location: 'http://127.0.0.1:1/' }), { failure: 'refused' }],
    [{ kind: 'reset' } as const, { failure: 'unknown', strong: true }],
  ])('knows what %o means', async (answer, expected) => {
    const { sink, next } = await start();
    next({ reply: answer });
    expect(await outcomeOf(sink, alert())).toMatchObject(expected);
  });

  it('F52: leaves Slack alone once the webhook is gone', async () => {
    const { sink, next, log } = await start();
    next({ reply: reply(404, 'no_service') });
    expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'disabled' });
    expect(await outcomeOf(sink, alert(), AGAIN)).toMatchObject({ failure: 'disabled' });
    expect(log).toHaveLength(1);
  });

  it('posts one message a second, whoever posts', () => {
    const clock = createVirtualClock(OPEN_MS);
    const api = channel();
    const sentAtMs: number[] = [];
    const handle = (request: SimulatedRequest) => {
      sentAtMs.push(clock.now() - OPEN_MS);
      return of(api.handle(request));
    };
    const { context } = recordedContext({ http: httpInto({ handle }, clock), wireTime: clock });
    const named = (name: string) => slack.create(slack.options.parse({ name, webhookUrl: `http://127.0.0.1:1${PATH}` }), context);
    const sinks = [named('one'), named('two')];
    range(0, 4)
      .pipe(
        concatMap((at) => sinks[at % 2]!.deliver(alert(), FIRST)),
        catchError((error: unknown) => of(error)),
      )
      .subscribe();
    clock.advanceTo(OPEN_MS + 10_000);
    expect(sentAtMs).toStrictEqual([0, 1_050, 2_100, 3_150]);
  });

  it('keeps within every limit, and leaves nothing that Slack would read, whatever the alert holds', () => {
    const api = channel();
    const clock = createVirtualClock(OPEN_MS);
    const handle = (request: SimulatedRequest) => of(api.handle(request));
    const { context } = recordedContext({ http: httpInto({ handle }, clock), wireTime: clock });
    const sinkOf = (given: object) =>
      slack.create(slack.options.parse({ webhookUrl: `http://127.0.0.1:1${PATH}`, ...given }), context);
    const sink = sinkOf({});
    const check = (send$: ReturnType<typeof sink.deliver>): Message => {
      api.messages.length = 0;
      send$.subscribe();
      clock.advanceTo(clock.now() + 5_000);
      const [message] = api.messages;
      if (message === undefined) throw new Error('the channel has refused it');
      expect(strayIn(message)).toStrictEqual([]);
      return message;
    };
    fc.assert(
      fc.property(anyAlert, fc.boolean(), (told, mayRepeat) => {
        const attempt = { number: 3, mayRepeat };
        check(sink.deliver(told, attempt));
        const batch = check(sink.deliverBatch!(Array.from({ length: 10 }, () => ({ alert: told, attempt }))));
        expect(batch.blocks.filter((block) => block.text.text.includes(told.id))).toHaveLength(10);
      }),
      { numRuns: 120 },
    );
    // A template of one's own may want to say far more than fits, in characters that count twice.
    const long = sinkOf({ template: '{{ symbol }}\n'.repeat(150) });
    for (const symbol of ['🦜'.repeat(64), '<&>*'.repeat(16), 'x'.repeat(64)]) check(long.deliver(alert({ symbol }), AGAIN));
    check(sink.announce!({ title: '<!channel>', lines: Array.from({ length: 60 }, () => HOSTILE).flat() }));
  });

  it('can only be tried by posting', async () => {
    const { sink, messages, next, rest } = await start();
    const probe = (send: boolean) => lastValueFrom(sink.probe!(send).pipe(toArray()), { defaultValue: [] });
    expect(await probe(false)).toMatchObject([{ outcome: 'skipped' }]);
    expect(messages).toStrictEqual([]);
    expect(await probe(true)).toMatchObject([{ name: 'test message', outcome: 'fine' }]);
    rest();
    next({ reply: reply(403, `invalid_token ${telltale}`) });
    const found = await probe(true);
    expect(found).toMatchObject([{ outcome: 'failed', cure: expect.stringContaining('new one') }]);
    expect(inspect(found)).not.toContain(KEY);
  });

  it('knows an address when it sees one, and repeats none', () => {
    for (const host of ['https://hooks.slack.com', 'https://hooks.slack-gov.com', 'http://127.0.0.1:8080'])
      expect(parseAddress(`${host}${PATH}`)?.post.reveal()).toBe(`${host}${PATH}`);
    const wrong = [
      '',
      `http://hooks.slack.com${PATH}`,
      `https://hooks.slack.com:8443${PATH}`,
      `https://hooks.slack.com.evil.example${PATH}`,
      `https://user@hooks.slack.com${PATH}`,
      `https://hooks.slack.com${PATH}?x=1`,
      `https://hooks.slack.com/services/T0TEAM123/${KEY}`,
      `http://10.0.0.1${PATH}`,
      `https://slack.com${PATH}`,
    ];
    expect(wrong.filter((text) => parseAddress(text) !== null)).toStrictEqual([]);
    const refusal = JSON.stringify(slack.options.safeParse({ webhookUrl: `https://evil.example${PATH}` }).error?.issues);
    expect(refusal).toContain('https://hooks.slack.com/services/');
    expect(refusal).not.toContain(KEY);
  });
});
