import fc from 'fast-check';
import type { Observable } from 'rxjs';
import { catchError, concat, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { DeliveryError, Receipt } from '../../../src/ports/sink.js';
import { discord } from '../../../src/sinks/discord/discord.js';
import { DISCORD_THREAD_NAME_MAX, threadNamer } from '../../../src/sinks/discord/thread.js';
import { alert, anyAlert, FIRST, OPEN_MS } from '../../support/alerts.js';
import { episode } from '../contract.js';
import { addressAt, ID, LOOPBACK, TOKEN, virtualWorld } from './world.js';

const THREAD = '1300000000000000077';
const forum = { webhooks: [{ id: ID, token: TOKEN, isForum: true }] };
type World = ReturnType<typeof virtualWorld>;

/** What came of it, a minute later. */
const outcomeOf = ({ clock }: World, send$: Observable<Receipt>): Receipt | DeliveryError => {
  let outcome: Receipt | DeliveryError | null = null;
  send$.pipe(catchError((error: unknown) => of(error as DeliveryError))).subscribe((each) => (outcome = each));
  clock.advanceTo(clock.now() + 60_000);
  if (outcome === null) throw new Error('nothing came of it');
  return outcome;
};

describe('threads of Discord', () => {
  it('take messages where the settings say, and changes with them', () => {
    const it_ = virtualWorld({ thread: THREAD });
    const { messageId } = outcomeOf(it_, it_.sink.deliver(alert(), FIRST)) as Receipt;
    expect(it_.world.saved()).toMatchObject([{ id: messageId, threadId: THREAD }]);
    expect(outcomeOf(it_, it_.sink.edit!(messageId!, episode(), FIRST))).toStrictEqual({ messageId });
    expect(it_.world.saved()[0]?.editedAtMs).not.toBeNull();
    expect(it_.world.log().map(({ path }) => path.split('?')[1])).toStrictEqual([
      `wait=true&thread_id=${THREAD}`,
      `thread_id=${THREAD}`,
    ]);
  });

  it('are opened in a forum, one by each message, and the message is found again in its own', () => {
    const it_ = virtualWorld({ threadName: '{{ arrow }} {{ symbol }} {{ change }}' }, forum);
    const { messageId } = outcomeOf(it_, it_.sink.deliver(alert(), FIRST)) as Receipt;
    expect(it_.world.saved()).toMatchObject([{ threadId: messageId, body: { thread_name: '▲ BTCUSDT +2.41%' } }]);
    expect(outcomeOf(it_, it_.sink.edit!(messageId!, episode(), FIRST))).toStrictEqual({ messageId });
    outcomeOf(it_, it_.sink.announce!({ title: '3 alerts expired', lines: ['while Discord was away'] }));
    const postings = ['A', 'B', 'C'].map((symbol) => ({ alert: alert({ symbol }), attempt: FIRST }));
    outcomeOf(it_, it_.sink.deliverBatch!(postings));
    expect(it_.world.saved().map(({ body }) => body['thread_name'])).toStrictEqual([
      '▲ BTCUSDT +2.41%',
      '3 alerts expired',
      '▲ A +2.41% and 2 more',
    ]);
  });

  it('are what a forum cannot do without: the refusal says so', () => {
    const it_ = virtualWorld({}, forum);
    expect(outcomeOf(it_, it_.sink.deliver(alert(), FIRST))).toMatchObject({
      failure: 'dead',
      detail: expect.stringContaining('must have a thread_name or thread_id'),
    });
  });

  it('of several webhooks are several sinks, which share what is global and nothing else', () => {
    const other = { id: '1300000000000000002', token: 'another-token'.repeat(6), isForum: true };
    const it_ = virtualWorld({}, { webhooks: [{ id: ID, token: TOKEN }, other] });
    const webhookUrl = `${LOOPBACK}/api/webhooks/${other.id}/${other.token}`;
    const second = it_.another({ name: 'forum', webhookUrl, threadName: '{{ symbol }}' });
    const same = it_.another({ name: 'thread', thread: THREAD });
    const sent = (...sends: readonly Observable<Receipt>[]): void => {
      concat(...sends.map((send$) => send$.pipe(catchError((error: unknown) => of(error))))).subscribe();
    };
    const send = (sink: typeof second): Observable<Receipt> => sink.deliver(alert(), FIRST);
    const seconds = (): readonly number[] => it_.world.log().map(({ atMs }) => (atMs - OPEN_MS) / 1_000);
    // One webhook, two places: the fifth within two seconds waits, and the other webhook does not.
    sent(...[it_.sink, same, it_.sink, same].map(send), send(second), send(same));
    it_.clock.advanceTo(OPEN_MS + 10_000);
    expect(seconds()).toStrictEqual([0, 0, 0, 0, 0, 2.05]);
    it_.world.script.next({ kind: 'limited', scope: 'global', retryAfter: 4 });
    sent(send(it_.sink), send(second));
    it_.clock.advanceTo(OPEN_MS + 20_000);
    expect(seconds().slice(6)).toStrictEqual([10, 14.05]);
  });

  it('have a name within the limit, whatever the alert holds', () => {
    const name = threadNamer({ threadName: '{{ symbol }} {{ change }}' });
    fc.assert(
      fc.property(anyAlert, fc.integer({ min: 1, max: 10 }), (told, count) => {
        const { thread_name: text = '' } = name(
          Array.from({ length: count }, () => ({ alert: told, attempt: FIRST })),
          '',
        );
        expect([...text].length).toBeLessThanOrEqual(DISCORD_THREAD_NAME_MAX);
        expect(text.trim()).not.toBe('');
        expect(text).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      }),
    );
  });

  it('are named once, and in quotes', () => {
    const webhookUrl = addressAt('https://discord.com');
    const refused = (given: object): boolean => !discord.options.safeParse({ webhookUrl, ...given }).success;
    expect([{ thread: THREAD }, { threadName: '{{ symbol }}' }].filter(refused)).toStrictEqual([]);
    const wrong = [
      { thread: Number(THREAD) },
      { thread: 'general' },
      { threadName: '{{ nothing }}' },
      { thread: THREAD, threadName: '{{ symbol }}' },
      { webhookUrl: `${webhookUrl}?thread_id=${THREAD}`, threadName: '{{ symbol }}' },
    ];
    expect(wrong.filter((given) => !refused(given))).toStrictEqual([]);
  });
});
