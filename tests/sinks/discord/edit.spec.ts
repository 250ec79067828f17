import { inspect } from 'node:util';
import { NEVER, of, Subject } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Close } from '../../../src/model/close.js';
import type { Episode } from '../../../src/model/episode.js';
import { openedBy, withAlert, withBar } from '../../../src/operators/delivery/episodes-steps.js';
import { settle } from '../../../src/operators/delivery/settle.js';
import type { Sink } from '../../../src/ports/sink.js';
import { editorOf } from '../../../src/sinks/discord/edit.js';
import { parseAddress } from '../../../src/sinks/discord/address.js';
import { AGAIN, alert, FIRST } from '../../support/alerts.js';
import { GROUPED, moveOf, NOTHING_KEPT } from '../../support/episodes.js';
import { fakeStore, faultLog } from '../../support/fakes.js';
import { DELIVERY, openedAgain, placed } from '../../support/parts.js';
import { ended } from '../contract.js';
import type { ServedWorld } from './world.js';
import { addressAt, ID, LOOPBACK, seenIn, servedWorld, TOKEN, virtualWorld } from './world.js';
import { barAt } from '../../support/bars.js';

const opened = alert();
const began = openedBy(opened);
const barAfter = (bars: number, close: number) => placed(barAt(0, { openTimeMs: opened.openTimeMs + bars * 900_000, close }));
/** Another rule, a further close, half of it given back, and what became of it. */
const story: Episode = [barAfter(1, 62_800), barAfter(2, 60_000), barAfter(4, 60_500)].reduce(
  (episode, bar) => withBar(episode, bar, GROUPED),
  {
    ...withAlert(began, alert({ id: 'ponmlkjihgfedcba', rule: 'breakout', decisionTimeMs: opened.decisionTimeMs + 1 }), false),
    version: 5,
  },
);

const EDIT = `/api/v10/webhooks/${ID}/${TOKEN}/messages`;

const edited = async (sink: Sink, messageId: string, episode: Episode): Promise<unknown> =>
  ended(sink.edit?.(messageId, episode, FIRST) ?? NEVER).catch((error: unknown) => error);

describe('a message in Discord that tells an episode', () => {
  let open: ServedWorld | undefined;
  const start = async (options: object = {}): Promise<ServedWorld> => (open = await servedWorld(options));
  afterEach(() => open?.close());

  const postedId = async ({ sink }: ServedWorld): Promise<string> => (await ended(sink.deliver(opened, FIRST)))?.messageId ?? '';

  it('is the one that was posted, and tells what it has become, without ringing anybody', async () => {
    const served = await start();
    const id = await postedId(served);
    expect(await edited(served.sink, id, story)).toStrictEqual({ messageId: id });
    const [message, ...others] = served.world.saved();
    expect(others).toStrictEqual([]);
    expect(message?.editedAtMs).not.toBeNull();
    expect(message?.body).toMatchObject({ allowed_mentions: { parse: [] } });
    const [seen = ''] = seenIn(served.world);
    for (const told of ['BTCUSDT', 'breakout', 'furthest 62800', 'half of the way given back', 'an hour on: 60500'])
      expect(seen).toContain(told);
    expect(
      served.world
        .log()
        .map(({ method, path }) => `${method} ${path}`)
        .at(-1),
    ).toBe(`PATCH ${EDIT}/${id}`);
  });

  it('can be changed again and again, and is looked for in its thread', () => {
    const { sink, world, clock } = virtualWorld({ webhookUrl: `${addressAt(LOOPBACK)}?thread_id=1400000000000000007` });
    sink.deliver(opened, FIRST).subscribe();
    clock.advanceTo(clock.now() + 1);
    const id = world.saved()[0]?.id ?? '';
    for (const episode of [began, story, story]) {
      sink.edit?.(id, episode, AGAIN).subscribe();
      clock.advanceTo(clock.now() + 5_000);
    }
    expect(world.log().map(({ answer }) => answer)).toStrictEqual([200, 200, 200, 200]);
    expect(world.log().at(-1)?.path).toBe(`${EDIT}/${id}?thread_id=1400000000000000007`);
    // What was said of the copy stays true, and every alert can be found by its id.
    expect(seenIn(world)[0]?.split('\n').at(-1)).toBe(
      `id ${opened.id} · attempt 2 · 2 alerts ponmlkjihgfedcba · may be a repeat`,
    );
  });

  it('may be gone: then that one alone is dead, and the webhook goes on', async () => {
    const served = await start();
    const failure = await edited(served.sink, '1400000000000000001', story);
    expect(failure).toMatchObject({ failure: 'dead', detail: 'Discord answers 404: Unknown Message, code 10008' });
    expect(inspect(failure)).not.toContain(TOKEN);
    expect(await postedId(served)).toMatch(/^\d+$/);
  });

  it('is not asked for any more once the webhook is gone, and neither is anything else', async () => {
    const served = await start();
    served.world.script.removeWebhook(ID);
    expect(await edited(served.sink, '1400000000000000001', story)).toMatchObject({ failure: 'disabled' });
    expect(await edited(served.sink, '1400000000000000001', story)).toMatchObject({ failure: 'disabled' });
    await expect(ended(served.sink.deliver(opened, FIRST))).rejects.toMatchObject({ failure: 'disabled' });
    expect(served.world.log()).toHaveLength(1);
  });

  it('is led to from an escalation, which asks once where the webhook is', async () => {
    const served = await start();
    const id = await postedId(served);
    const escalates = { episode: story, messageId: id };
    await ended(served.sink.deliver(alert({ id: 'b'.repeat(16) }), { ...FIRST, escalates }));
    served.rest();
    await ended(served.sink.deliver(alert({ id: 'c'.repeat(16) }), { ...FIRST, escalates }));
    const link = `https://discord.com/channels/199737254929760256/199737254929760256/${id}`;
    const [first, second, third] = served.world.saved().map(({ body }) => JSON.stringify(body));
    expect(first).not.toContain('discord.com/channels');
    expect(second).toContain(link);
    expect(third).toContain(link);
    expect(served.world.log().filter(({ method }) => method === 'GET')).toHaveLength(1);
  });

  it('is spoken of without a link where that cannot be found out', async () => {
    const served = await start();
    await ended(served.sink.deliver(alert(), { ...FIRST, escalates: { episode: story, messageId: null } }));
    await ended(served.sink.deliver(alert(), { ...FIRST, escalates: { episode: story, messageId: 'odd' } }));
    const seen = seenIn(served.world);
    expect(seen).toHaveLength(2);
    for (const text of seen) expect(text).toContain('a further step of the move first told');
    expect(served.world.log().filter(({ method }) => method === 'GET')).toStrictEqual([]);
  });

  it('leaves half of the limits to what cannot wait', () => {
    const { sink, clock } = virtualWorld();
    expect(sink.spareInMs?.()).toBe(0);
    sink.deliver(alert(), FIRST).subscribe();
    sink.deliver(alert(), FIRST).subscribe();
    clock.advanceTo(clock.now() + 100);
    expect(sink.readyInMs?.()).toBe(0);
    expect(sink.spareInMs?.()).toBeGreaterThan(1_800);
  });

  it('keeps its picture in its place as long as it is known, and leaves it where it is afterwards', () => {
    const bodies: string[] = [];
    const courier = {
      carry: ({ body }: { readonly body: string | Uint8Array }) => {
        bodies.push(String(body));
        return of({ kind: 'accepted' as const, messageId: '1', odd: null });
      },
      readyInMs: () => 0,
      spareInMs: () => 0,
    };
    const address = parseAddress(addressAt(LOOPBACK));
    if (address === null) throw new Error('this is an address');
    const editor = editorOf({ address, courier, style: {}, cut: () => undefined });
    const picture = { filename: 'a.png', description: 'a chart', contentType: 'image/png', bytes: new Uint8Array(1) };
    editor.posted({ messageId: '1' }, [picture]);
    editor.posted({ messageId: '2' }, [picture, picture]);
    for (const id of ['1', '2']) editor.edit(id, story, FIRST).subscribe();
    expect(bodies.map((body) => body.includes('"image":{"url":"attachment://a.png"}'))).toStrictEqual([true, false]);
    // Files that an edit does not speak of stay: a list would have to name them all.
    expect(bodies.join()).not.toContain('"attachments"');
  });

  it('is one for a whole move, and one more for its step, through everything from the close to Discord', () => {
    const { sink, world, clock } = virtualWorld();
    const log = faultLog();
    const store = fakeStore();
    const close$ = new Subject<Close>();
    const parts = {
      store,
      remembered: openedAgain(store),
      sinks: [sink],
      delivery: DELIVERY,
      quietStartMs: 0,
      marketTime: clock,
      wireTime: clock,
    };
    const steps: string[] = [];
    const life = close$
      .pipe(settle({ ...parts, random: () => 1, report: log.report, episodes: { settings: GROUPED, kept: NOTHING_KEPT } }))
      .subscribe((outcome) => outcome.kind === 'delivery' && steps.push(`${outcome.alert.rule} ${outcome.delivery.state}`));
    const aheadMs = clock.now() - barAt(0).openTimeMs;
    for (const close of moveOf('103! 106~ 107? 112^ 112 108 102')) {
      clock.advanceTo(close.decisionTimeMs + aheadMs);
      const moved = { ...close, decisionTimeMs: close.decisionTimeMs + aheadMs };
      close$.next({
        ...moved,
        judged: close.judged.map((judged) => ({
          ...judged,
          bar: { ...judged.bar, openTimeMs: judged.bar.openTimeMs + aheadMs },
        })),
        alerts: close.alerts.map((each) => ({
          ...each,
          openTimeMs: each.openTimeMs + aheadMs,
          decisionTimeMs: each.decisionTimeMs + aheadMs,
        })),
      });
      clock.advanceTo(clock.now() + 60_000);
    }
    life.unsubscribe();
    expect(log.faults).toStrictEqual([]);
    const [message, step, ...others] = seenIn(world);
    expect(others).toStrictEqual([]);
    for (const told of ['103', 'other at 107', 'furthest 112', 'an hour on: 112', 'half of the way given back'])
      expect(message).toContain(told);
    expect(step).toContain('a further step of [the move](');
    expect(steps).toStrictEqual([
      'loud sending',
      'loud delivered',
      'other sending',
      'other delivered',
      'loud sending',
      'loud delivered',
    ]);
    expect(world.log().map(({ method, answer }) => `${method} ${answer}`)).toStrictEqual([
      ...['POST 200', 'PATCH 200', 'PATCH 200', 'GET 200', 'POST 200'],
      ...['PATCH 200', 'PATCH 200', 'PATCH 200'],
    ]);
  });
});
