import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complaintsAbout } from '../../../src/simulator/discord-form.js';
import { composeAnnouncement, composeBatch, sharesOf } from '../../../src/sinks/discord/batch.js';
import { AGAIN, alert, FIRST, HOSTILE } from '../../support/alerts.js';
import { ended, outcomeOf } from '../contract.js';
import { seenIn, virtualWorld } from './world.js';

const titles = (message: { readonly embeds: readonly { readonly title?: string }[] }) => message.embeds.map(({ title }) => title);

describe('a message of several alerts', () => {
  it('tells each in an embed of its own, in order, with its own id and mark', () => {
    const postings = [
      { alert: alert({ symbol: 'AUSDT', id: 'a'.repeat(16) }), attempt: FIRST },
      { alert: alert({ symbol: 'BUSDT', id: 'b'.repeat(16), direction: 'down' }), attempt: AGAIN },
    ];
    const message = composeBatch(postings, null);
    expect(titles(message).map((title) => /[AB]USDT/.exec(title ?? '')?.[0])).toStrictEqual(['AUSDT', 'BUSDT']);
    expect(
      message.embeds.map(({ footer }) => [
        footer.text.includes('a'.repeat(16)),
        footer.text.includes('b'.repeat(16)),
        footer.text.includes('repeat'),
      ]),
    ).toStrictEqual([
      [true, false, false],
      [false, true, true],
    ]);
    expect(message.allowed_mentions).toStrictEqual({ parse: [] });
  });

  it('is accepted with ten usual alerts, and with ten of any hostile name, whatever they hold', () => {
    const symbol = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 200 }));
    fc.assert(
      fc.property(fc.array(fc.record({ symbol, name: symbol, value: fc.double() }), { minLength: 1, maxLength: 10 }), (given) => {
        const postings = given.map((one) => ({
          alert: alert({
            symbol: one.symbol,
            measures: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${one.name}${at}`, one.value])),
          }),
          attempt: AGAIN,
        }));
        expect(complaintsAbout({ ...composeBatch(postings, 'Momentum') })).toStrictEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('shortens those that need more than their share, and no other', () => {
    expect(sharesOf([100, 100], 6_000)).toStrictEqual([100, 100]);
    expect(sharesOf([100, 9_000, 200], 6_000)).toStrictEqual([100, 5_700, 200]);
    expect(
      sharesOf(
        Array.from({ length: 10 }, () => 900),
        6_000,
      ),
    ).toStrictEqual(Array.from({ length: 10 }, () => 600));
    fc.assert(
      fc.property(fc.array(fc.nat(6_000), { minLength: 1, maxLength: 10 }), (sizes) => {
        const shares = sharesOf(sizes, 6_000);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(6_000);
        shares.forEach((share, at) => expect(share).toBeGreaterThanOrEqual(Math.min(sizes[at] ?? 0, 600)));
      }),
    );
  });
});

describe('words besides alerts', () => {
  it('are one embed without markup of their own', () => {
    const { embeds } = composeAnnouncement({ title: '2 alerts <@1> expired', lines: ['▲ **BTCUSDT**', '@everyone'] }, null);
    expect(embeds).toHaveLength(1);
    expect(embeds[0]?.title).toBe('2 alerts \\<@\u200b1\\> expired');
    expect(embeds[0]?.description).toBe('▲ \\*\\*BTCUSDT\\*\\*\n@\u200beveryone');
  });

  it('are accepted whatever they say and however much', () => {
    const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 3_000 }));
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 40 }), (title, lines) => {
        expect(complaintsAbout({ ...composeAnnouncement({ title, lines }, null) })).toStrictEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the discord sink, with several', () => {
  it('posts them as one message and gives one id for all', async () => {
    const { sink, world, clock } = virtualWorld();
    const postings = [
      { alert: alert({ symbol: 'AUSDT' }), attempt: FIRST },
      { alert: alert({ symbol: 'BUSDT' }), attempt: FIRST },
    ];
    const receipt$ = ended(sink.deliverBatch!(postings));
    clock.advanceTo(clock.now() + 1_000);
    expect(await receipt$).toStrictEqual({ messageId: world.saved()[0]?.id });
    expect(seenIn(world)[0]).toContain('BUSDT');
  });

  it('says when it will be ready by its limits', async () => {
    const { sink, clock } = virtualWorld();
    const waits: number[] = [];
    for (let count = 0; count < 5; count++) {
      waits.push(sink.readyInMs!());
      if (count < 4) {
        const sent$ = outcomeOf(sink, alert());
        clock.advanceTo(clock.now() + 10);
        await sent$;
      }
    }
    expect(waits.slice(0, 4)).toStrictEqual([0, 0, 0, 0]);
    expect(waits[4]).toBe(2_050 - 40);
  });
});
