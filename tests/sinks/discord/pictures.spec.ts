import { PNG } from 'pngjs';
import { NEVER, Observable, of, throwError } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Pictures } from '../../../src/ports/pictures.js';
import { PictureError } from '../../../src/ports/pictures.js';
import type { Attempt } from '../../../src/ports/sink.js';
import { createHttp } from '../../../src/runtime/http.js';
import { createPictures } from '../../../src/runtime/pictures.js';
import { createDiscord } from '../../../src/simulator/discord.js';
import { discord } from '../../../src/sinks/discord/discord.js';
import { alert, FIRST, OPEN_MS } from '../../support/alerts.js';
import { recordedContext } from '../../support/context.js';
import { faultLog } from '../../support/fakes.js';
import { httpInto } from '../../support/http.js';
import { serve } from '../../support/serve.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import { ended } from '../contract.js';
import { alertOf, quietThen } from '../picture/scenes.js';
import { addressAt, ID, LOOPBACK, TOKEN } from './world.js';

const scene = quietThen(96, 100, 112);
const SEEN: Attempt = { ...FIRST, scene };
const told = (id: string) => alertOf(scene, { id });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Draws nothing, and answers each order with its theme's first bytes. */
const scribe = (drawn: string[] = []): Pictures => ({
  start: () => undefined,
  draw: (svg) => {
    drawn.push(svg);
    return of(Buffer.from(`PNG ${drawn.length}`));
  },
});

const open = (pictures: Pictures | undefined, options: object = {}) => {
  const clock = createVirtualClock(OPEN_MS);
  const world = createDiscord({ wireTime: clock, webhooks: [{ id: ID, token: TOKEN }] });
  const { context, faults } = recordedContext({
    ...{ http: httpInto(world.http, clock), wireTime: clock },
    ...(pictures === undefined ? {} : { pictures }),
  });
  const sink = discord.create(discord.options.parse({ webhookUrl: addressAt(LOOPBACK), ...options }), context);
  return { world, sink, faults };
};

type Embeds = readonly { readonly image?: { readonly url: string } }[];
const imagesOf = (body: Readonly<Record<string, unknown>> | undefined): readonly (string | undefined)[] =>
  (body?.['embeds'] as Embeds).map(({ image }) => image?.url);

describe('the pictures of the discord sink', () => {
  it('come with the message over a real connection, and Discord shows them', async () => {
    const log = faultLog();
    const http = createHttp();
    const pictures = createPictures({ report: log.report });
    const clock = createVirtualClock(OPEN_MS);
    const world = createDiscord({ wireTime: clock, webhooks: [{ id: ID, token: TOKEN }] });
    const served = await serve(world.http);
    closing.push(
      () => served.close(),
      () => http.close(),
      () => pictures.close(),
    );
    const { context } = recordedContext({ http, pictures, wireTime: clock, report: log.report });
    const options = { webhookUrl: addressAt(served.origin), picture: 'light', pictureDeadline: '30s' };
    const sink = discord.create(discord.options.parse(options), context);
    const receipt = await ended(sink.deliver(told('first'), SEEN));
    const [message] = world.saved();
    expect(receipt).toStrictEqual({ messageId: message?.id });
    expect(imagesOf(message?.body)).toStrictEqual(['attachment://first.png']);
    const [file] = message?.files ?? [];
    expect(file).toMatchObject({ filename: 'first.png', contentType: 'image/png' });
    expect(file?.description).toBe(
      'Candlestick chart of the last 96 bars of 15m with their volumes; the bar of this alert is the last one.',
    );
    const { width, height, data } = PNG.sync.read(Buffer.from(file?.bytes ?? []));
    expect([width, height, ...data.subarray(0, 3)]).toStrictEqual([800, 418, 255, 255, 255]);
    expect(file?.bytes.length).toBeLessThan(60 * 1024);
    expect(log.faults).toStrictEqual([]);
  });

  it('stand each in its own embed of a message that tells several', async () => {
    const { world, sink } = open(scribe());
    const postings = [
      { alert: told('a'), attempt: SEEN },
      { alert: told('b'), attempt: FIRST },
      { alert: told('c'), attempt: SEEN },
    ];
    await ended(sink.deliverBatch?.(postings) ?? NEVER);
    const [message] = world.saved();
    expect(imagesOf(message?.body)).toStrictEqual(['attachment://a.png', undefined, 'attachment://c.png']);
    expect(message?.files.map(({ filename, bytes }) => [filename, Buffer.from(bytes).toString()])).toStrictEqual([
      ['a.png', 'PNG 1'],
      ['c.png', 'PNG 2'],
    ]);
  });

  it('are on the paper that was chosen, dark if none was', async () => {
    const drawn: string[] = [];
    for (const options of [{}, { picture: 'light' }]) {
      const { sink } = open(scribe(drawn), options);
      await ended(sink.deliver(told('a'), SEEN));
    }
    expect(drawn.map((svg) => svg.includes('#17191e'))).toStrictEqual([true, false]);
  });

  it.each<[string, Pictures | undefined, object]>([
    ['they are off', scribe(), { picture: 'off' }],
    ['nobody draws', undefined, {}],
  ])('do not exist where %s: no scene is wanted, and the message is plain JSON', async (_, pictures, options) => {
    const { world, sink, faults } = open(pictures, options);
    expect([sink.wantsScene, sink.deadlineMs]).toStrictEqual([false, 10_000]);
    await ended(sink.deliver(told('a'), SEEN));
    expect(world.log().map(({ headers }) => headers['content-type'])).toStrictEqual(['application/json']);
    expect(faults).toStrictEqual([]);
  });

  it('need a scene, which an alert of an earlier life does not have', async () => {
    const { world, sink, faults } = open(scribe());
    expect([sink.wantsScene, sink.deadlineMs]).toStrictEqual([true, 11_500]);
    await ended(sink.deliver(alert(), FIRST));
    expect(world.log().map(({ headers }) => headers['content-type'])).toStrictEqual(['application/json']);
    expect(faults).toStrictEqual([]);
  });

  it.each(['late', 'crowded', 'failed'] as const)('leave the message alone when one is %s, and that is counted', async (kind) => {
    const { world, sink, faults } = open({ ...scribe(), draw: () => throwError(() => new PictureError(kind, 'no picture')) });
    await ended(sink.deliver(told('a'), SEEN));
    expect(imagesOf(world.saved()[0]?.body)).toStrictEqual([undefined]);
    expect(faults).toStrictEqual([
      { kind: 'picture-omitted', sink: 'discord', alertId: 'a', detail: 'BTCUSDT is told without its picture: no picture' },
    ]);
  });

  it('are not missed again at every alert where there will be none', async () => {
    const { world, sink, faults } = open({ ...scribe(), draw: () => throwError(() => new PictureError('absent', 'no library')) });
    await ended(sink.deliver(told('a'), SEEN));
    expect([world.saved().length, faults]).toStrictEqual([1, []]);
  });

  it('hide no mistake of the program', async () => {
    const { sink } = open({ ...scribe(), draw: () => throwError(() => new TypeError('a bug')) });
    await expect(ended(sink.deliver(told('a'), SEEN))).rejects.toThrow('a bug');
  });

  it('are given up together with the delivery', () => {
    const steps: string[] = [];
    const drawing = new Observable<never>(() => {
      steps.push('drawing');
      return () => steps.push('given up');
    });
    const { sink, world } = open({ ...scribe(), draw: () => drawing });
    const subscription = sink.deliver(told('a'), SEEN).subscribe();
    expect(steps).toStrictEqual(['drawing']);
    subscription.unsubscribe();
    expect([steps, world.log()]).toStrictEqual([['drawing', 'given up'], []]);
  });
});
