import { NEVER, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../../src/ports/sink.js';
import type { DiscordOutcome } from '../../../src/simulator/discord.js';
import { ID } from './world.js';
import { fakeSink } from '../../support/fakes.js';
import { alertNow, deliveryWorld, embedsOf } from './delivery-world.js';

/*
 * What each answer, or none, makes of an alert: delivery against a simulated Discord.
 */

const MINUTE = 60_000;
const invalid = JSON.stringify({
  message: 'Invalid Form Body',
  code: 50035,
  errors: { embeds: { 0: { description: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 4096 or fewer.' }] } } } },
});
const refusal = (status: number, body = invalid): DiscordOutcome => ({ kind: 'status', status, body });

const withRows = () => {
  const made = deliveryWorld();
  return { ...made, rows: () => made.store.rows().filter(({ sink }) => sink === 'discord') };
};

describe('delivery to a Discord that answers, or does not', () => {
  it('F51: gives up what Discord calls invalid, with the way to the bad field, and goes on with the next', () => {
    const { world, fire, pass, row, answers } = deliveryWorld();
    world.script.next(refusal(400));
    const [bad] = fire('AUSDT');
    pass(1_000);
    const [good] = fire('BUSDT');
    pass(1_000);
    expect(row(bad!)).toMatchObject({
      state: 'dead',
      attempts: 1,
      reason: expect.stringContaining('embeds.0.description: BASE_TYPE_MAX_LENGTH') as string,
    });
    expect(row(good!)).toMatchObject({ state: 'delivered' });
    expect(answers()).toStrictEqual([400, 200]);
  });

  it.each([0, 4, 9])('F51: finds the bad one (number %i) of ten in one message, and delivers the other nine once', (bad) => {
    const { world, fire, pass, rows, footers } = withRows();
    world.script.judge((text) => (text.includes('EVILUSDT') ? refusal(400) : null));
    const alerts = fire(...Array.from({ length: 10 }, (_, at) => (at === bad ? 'EVILUSDT' : `S${at}USDT`)));
    pass(60_000);
    expect(
      rows()
        .map(({ state }) => state)
        .sort(),
    ).toStrictEqual(['dead', ...Array.from({ length: 9 }, () => 'delivered')]);
    expect(rows().find(({ state }) => state === 'dead')?.alertId).toBe(alerts[bad]?.id);
    expect(footers().map((text) => text.slice(3, 19))).toStrictEqual(alerts.filter((_, at) => at !== bad).map(({ id }) => id));
    expect(world.log().length).toBeLessThanOrEqual(8);
    expect(rows().some(({ mayRepeat }) => mayRepeat)).toBe(false);
  });

  it.each([
    [401, '{"message":"Invalid Webhook Token","code":50027}'],
    [403, '{"message":"Missing Permissions","code":50013}'],
    [404, '{"message":"Unknown Webhook","code":10015}'],
  ])('F52: never asks again after a %i, in this life and the next; the other sinks go on and tell it', (status, body) => {
    const announced: string[] = [];
    const second = {
      ...fakeSink([of({ messageId: null })], 'file'),
      announce: ({ title }: { readonly title: string }) => {
        announced.push(title);
        return of({ messageId: null });
      },
    };
    const first = deliveryWorld({ others: [second] });
    first.world.script.next(refusal(status, body));
    const [asked] = first.fire('AUSDT');
    first.pass(1_000);
    first.fire('BUSDT');
    first.pass(90 * MINUTE);
    expect(first.answers()).toStrictEqual([status]);
    expect(first.row(asked!)).toMatchObject({ state: 'dead', reason: expect.stringContaining(String(status)) as string });
    expect(first.states()).toStrictEqual(['dead', 'dead']);
    expect(first.states('file')).toStrictEqual(['delivered', 'delivered']);
    expect(announced).toStrictEqual(['discord takes no more alerts']);
    expect(first.faults.filter(({ kind }) => kind === 'sink-disabled')).toHaveLength(1);

    const again = deliveryWorld({ store: first.store, others: [second] });
    const [later] = again.fire('CUSDT');
    again.pass(MINUTE);
    expect(again.answers()).toStrictEqual([]);
    expect(again.row(later!)).toMatchObject({ state: 'dead', reason: expect.stringContaining('in an earlier life') as string });
    expect(again.faults.filter(({ kind }) => kind === 'sink-disabled')).toHaveLength(1);

    const mended = deliveryWorld({ store: first.store, fingerprint: 'other settings' });
    const [last] = mended.fire('DUSDT');
    mended.pass(MINUTE);
    expect(mended.row(last!)).toMatchObject({ state: 'delivered' });
  });

  it('F52: is of the same mind when somebody deletes the webhook in the middle of a storm', () => {
    const { world, clock, tell, pass, states, answers } = deliveryWorld();
    tell(...Array.from({ length: 100 }, (_, at) => alertNow(clock.now(), { symbol: `S${at}USDT` })));
    pass(1_000);
    world.script.removeWebhook(ID);
    pass(60 * MINUTE);
    expect(answers()).toStrictEqual([200, 200, 200, 200, 404]);
    expect(states().filter((state) => state === 'delivered')).toHaveLength(40);
    expect(states().filter((state) => state === 'dead')).toHaveLength(60);
  });

  it.each([
    [500, { kind: 'status', status: 500, body: '{"message":"500: Internal Server Error","code":0}' }],
    [502, { kind: 'html', status: 502 }],
    [503, { kind: 'html', status: 503 }],
    [504, { kind: 'html', status: 504 }],
    [520, { kind: 'html', status: 520 }],
    [408, { kind: 'status', status: 408 }],
  ] as const)('F53: tries again after a %i, marks the copy, and pauses longer each time', (_, outcome) => {
    const { world, fire, pass, row } = deliveryWorld();
    world.script.next(outcome, outcome, outcome);
    const [one] = fire('AUSDT');
    pass(MINUTE);
    const [first = 0, ...times] = world.log().map(({ atMs }) => atMs);
    expect(times.map((atMs) => atMs - first)).toStrictEqual([1_000, 3_000, 7_000]);
    expect(row(one!)).toMatchObject({ state: 'delivered', attempts: 4, mayRepeat: true });
    expect(embedsOf(world.saved()[0]?.body ?? {})[0]?.footer.text).toContain('may be a repeat');
    expect(row(one!)?.tries).toHaveLength(3);
  });

  it.each([
    ['F54: the answer is lost', { kind: 'saved-reset' }, 1_000],
    ['F55: it takes too long to save', { kind: 'saved-slow', delayMs: 20_000 }, 11_000],
    ['F55: it hangs after saving', { kind: 'saved-hang' }, 11_000],
  ] as const)('%s: two copies, the second marked, and never a third', (_, outcome, againMs) => {
    const { world, fire, pass, row, footers } = deliveryWorld();
    world.script.next(outcome);
    const [one] = fire('AUSDT');
    pass(10 * MINUTE);
    expect(footers()).toHaveLength(2);
    expect(footers().map((text) => text.includes('may be a repeat'))).toStrictEqual([false, true]);
    expect(row(one!)).toMatchObject({ state: 'delivered', attempts: 2, unknowns: 1, mayRepeat: true });
    const [first, second] = world.saved();
    expect((second?.savedAtMs ?? 0) - (first?.savedAtMs ?? 0)).toBe(againMs);
  });

  it('F54: gives up after four copies that nobody answered for, and says so', () => {
    const { world, fire, pass, row, footers } = deliveryWorld();
    world.script.always({ kind: 'saved-reset' });
    const [one] = fire('AUSDT');
    pass(10 * MINUTE);
    expect(footers()).toHaveLength(4);
    expect(row(one!)).toMatchObject({ state: 'dead', reason: 'unknown: 4 sends without a reply', unknowns: 4 });
  });

  it('F54: sends a message of several again as it was, with every copy marked', () => {
    const { world, fire, pass, states, footers } = deliveryWorld();
    world.script.next({ kind: 'saved-reset' });
    fire('AUSDT', 'BUSDT', 'CUSDT');
    pass(MINUTE);
    expect(states()).toStrictEqual(['delivered', 'delivered', 'delivered']);
    expect(footers().map((text) => text.includes('may be a repeat'))).toStrictEqual([false, false, false, true, true, true]);
  });

  it.each([
    ['a 204', { kind: 'saved-reply', status: 204, body: '' }],
    ['broken JSON', { kind: 'saved-reply', status: 200, body: '{"id": "14' }],
  ] as const)('F56: takes %s for delivered, without an id, and says so', (_, outcome) => {
    const { world, fire, pass, row, faults } = deliveryWorld();
    world.script.next(outcome);
    const [one] = fire('AUSDT');
    pass(MINUTE);
    expect(row(one!)).toMatchObject({ state: 'delivered', messageId: null, attempts: 1 });
    expect(faults.map(({ kind }) => kind)).toStrictEqual(['delivery-odd']);
    expect(world.log()).toHaveLength(1);
  });

  it('F57: sends again without a mark what never left', () => {
    const { isDown, fire, pass, row, footers, faults } = deliveryWorld();
    isDown(true);
    const [one] = fire('AUSDT');
    pass(20_000);
    expect(row(one!)).toMatchObject({ state: 'waiting', mayRepeat: false });
    isDown(false);
    pass(MINUTE);
    expect(row(one!)).toMatchObject({ state: 'delivered', unknowns: 0 });
    expect(footers()).toHaveLength(1);
    expect(footers()[0]).not.toContain('repeat');
    expect(new Set(faults.map(({ kind }) => kind))).toStrictEqual(new Set(['delivery-refused']));
  });

  it('F58: lets alerts expire while Discord is away for a day, keeps the queue bounded, and sums it up in one message', () => {
    const { isDown, world, fire, pass, states, titles, steps } = deliveryWorld({ delivery: { maxAgeMs: 10 * MINUTE } });
    isDown(true);
    for (let minute = 0; minute < 1_440; minute += 3) {
      fire('AUSDT');
      pass(3 * MINUTE);
    }
    expect(world.log()).toHaveLength(0);
    expect(states().filter((state) => state !== 'expired').length).toBeLessThanOrEqual(4);
    isDown(false);
    pass(5 * MINUTE);
    const expired = states().filter((state) => state === 'expired').length;
    expect(expired).toBeGreaterThan(470);
    const summaries = titles()
      .flat()
      .filter((title) => title.includes('expired'));
    expect(summaries).toStrictEqual([`${expired} alerts expired while discord was away`]);
    const said = embedsOf(world.saved().at(-1)?.body ?? {})[0]?.description ?? '';
    expect(said).toMatch(/^away from 2026-08-06 12:00 to 2026-08-07 12:0\d UTC\n/);
    const sent = steps.filter(({ state }) => state === 'sending').length;
    expect(sent).toBeGreaterThan(1_000);
    fire('BUSDT');
    pass(MINUTE);
    expect(
      titles()
        .flat()
        .filter((title) => title.includes('expired')),
    ).toHaveLength(1);
  });

  it('F58: sends nothing older than its greatest age when Discord comes back', () => {
    const { isDown, world, fire, pass, row } = deliveryWorld({ delivery: { maxAgeMs: 10 * MINUTE } });
    isDown(true);
    const [old] = fire('AUSDT');
    pass(9 * MINUTE);
    const [young] = fire('BUSDT');
    pass(90_000);
    isDown(false);
    pass(3 * MINUTE);
    expect(row(old!)).toMatchObject({ state: 'expired', reason: 'older than 600 s' });
    expect(row(young!)).toMatchObject({ state: 'delivered' });
    expect(world.saved().map(({ body }) => embedsOf(body)[0]?.title.includes('expired'))).toStrictEqual([false, true]);
  });

  it('F61: takes a redirect for a refusal, whatever it leads to, and asks where it leads to nothing', () => {
    const { world, fire, pass, row } = deliveryWorld();
    world.script.next({ kind: 'status', status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data' } });
    const [one] = fire('AUSDT');
    pass(MINUTE);
    expect(row(one!)).toMatchObject({ state: 'delivered', attempts: 2, mayRepeat: false });
    expect(new Set(world.log().map(({ path }) => path)).size).toBe(1);
  });

  it('F62: lets one of three sinks fail alone', () => {
    const never = fakeSink([NEVER], 'stuck');
    const broken = fakeSink([throwError(() => new DeliveryError('dead', 'no'))], 'broken');
    const { fire, pass, states } = deliveryWorld({ others: [never, broken] });
    fire('AUSDT', 'BUSDT');
    pass(MINUTE);
    fire('CUSDT');
    pass(60 * MINUTE);
    expect(states()).toStrictEqual(['delivered', 'delivered', 'delivered']);
    expect(states('broken')).toStrictEqual(['dead', 'dead', 'dead']);
    expect(states('stuck').filter((state) => state === 'sending')).toHaveLength(1);
  });
});
