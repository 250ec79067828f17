import type { Observable } from 'rxjs';
import { defer, of } from 'rxjs';
import { z } from 'zod';
import { skipped } from '../../ports/check.js';
import { defineSink } from '../../ports/plugin.js';
import { durationMs, secret } from '../../ports/settings.js';
import type { Receipt } from '../../ports/sink.js';
import { DeliveryError } from '../../ports/sink.js';
import { templateShape } from '../templates/check.js';
import { renderer } from '../templates/renderer.js';
import { createDisabling } from '../wire/disabling.js';
import { sinkName } from '../wire/options.js';
import { paceOf } from '../wire/pace.js';
import { ANSWER_BYTES_MAX, postOnce } from '../wire/post.js';
import { TEST_TEXT, tried } from '../wire/probe.js';
import { ADDRESS_SHAPE, parseAddress } from './address.js';
import { limitedMsOf, readAnswer } from './answers.js';
import type { Message, SlackRender } from './message.js';
import { alertMessage, alertsMessage, announcementMessage, SLACK_BATCH_MAX, SLACK_SECTION_MAX } from './message.js';

/*
 * Setup: make a Slack app, switch Incoming Webhooks on, add one to your channel and copy its address.
 *
 * Delivery: at least once. Slack knows no key by which it could tell a copy and gives messages of a webhook no name, so after a
 * lost answer a marked copy may follow, and an episode is not edited but told anew when it escalates.
 */

/** One a second in a channel; short bursts are said to be tolerated and are not tried. */
const PLAN = [{ count: 1, spanMs: 1_000 }] as const;
/** Leaves room for the id of an alert of several. */
const RENDERED_MAX = SLACK_SECTION_MAX - 100;
const BATCHED_MAX = 600;

const options = z.strictObject({
  name: sinkName('slack'),
  webhookUrl: secret
    .refine((url) => parseAddress(url.reveal()) !== null, { error: ADDRESS_SHAPE })
    .describe('Address of the incoming webhook. It is a secret: best as ${SLACK_WEBHOOK_URL}.'),
  deadline: durationMs.prefault('10s').describe('How long one request may take.'),
  ...templateShape('slack'),
});

const cureOf = ({ failure }: DeliveryError): string =>
  failure === 'disabled'
    ? 'the webhook is gone, or its channel is: make a new one and set its address'
    : 'look at the network, its name service and its firewall';

/** Messages to a Slack channel. */
export const slack = defineSink({
  type: 'slack',
  summary: 'Posts alerts to a Slack channel through an incoming webhook.',
  options,
  create: ({ name, webhookUrl, deadline: deadlineMs, template = 'full', fields }, { http, wireTime }) => {
    const address = parseAddress(webhookUrl.reveal());
    if (address === null) throw new Error(`${name}: webhookUrl must be ${ADDRESS_SHAPE}`);
    const pace = paceOf(http, address.post.reveal(), PLAN);
    const unlessDisabled = createDisabling();
    const within = (style: { readonly template: string; readonly fields?: typeof fields }, max: number): SlackRender => ({
      roomy: renderer({ ...style, escape: 'slack', max }),
      cautious: renderer({ ...style, escape: 'slack', max: Math.floor(max / 2) }),
    });
    const whole = within({ template, fields }, RENDERED_MAX);
    const brief = within({ template: 'compact' }, BATCHED_MAX);

    const send = (message: Message): Observable<Receipt> =>
      unlessDisabled(() =>
        postOnce(
          { service: 'Slack', http, wireTime, pace, redact: address.redact },
          () => ({
            method: 'POST',
            url: address.post.reveal(),
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(message),
            deadlineMs,
            bodyBytesMax: ANSWER_BYTES_MAX,
          }),
          (response) => {
            if (response.status === 429) {
              const retryAfterMs = pace.pause(limitedMsOf(response, wireTime.now()), wireTime.now());
              throw new DeliveryError('refused', 'rate limit of Slack', { retryAfterMs });
            }
            readAnswer(response, address.redact);
            return { messageId: null };
          },
        ),
      );

    return {
      name,
      deadlineMs,
      readyInMs: () => Math.max(0, pace.waitMs(wireTime.now())),
      deliver: (alert, attempt) => defer(() => send(alertMessage(whole, { alert, attempt }))),
      batchMax: SLACK_BATCH_MAX,
      deliverBatch: (postings) => defer(() => send(alertsMessage(brief, postings))),
      announce: (announcement) => defer(() => send(announcementMessage(announcement))),
      probe: (isSending) =>
        isSending
          ? tried(
              'test message',
              defer(() => send(announcementMessage({ title: 'Test', lines: [TEST_TEXT] }))),
              'posted: look into the channel',
              cureOf,
            )
          : of(skipped('webhook', 'nothing can be asked of a Slack webhook without posting: doctor --send-test does')),
    };
  },
});
