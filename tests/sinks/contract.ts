import { inspect } from 'node:util';
import type { Observable } from 'rxjs';
import { EMPTY, lastValueFrom, materialize, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../src/model/alert.js';
import type { Episode } from '../../src/model/episode.js';
import type { Fault } from '../../src/model/fault.js';
import type { Attempt, Receipt, Sink } from '../../src/ports/sink.js';
import { DeliveryError } from '../../src/ports/sink.js';
import { AGAIN, alert, FIRST, HOSTILE, OPEN_MS } from '../support/alerts.js';

/** A sink with the eyes of its readers. */
export interface SinkUnderContract {
  readonly sink: Sink;
  /** What readers see, one text per copy of an alert. */
  readonly seen: () => readonly string[];
  readonly faults: readonly Fault[];
  readonly secrets: readonly string[];
  /** Each makes the next delivery fail in one way. */
  readonly failings: readonly (() => void)[];
  /** `record`: what is seen is the alert itself as JSON, for machines. `words` if absent. */
  readonly form?: 'words' | 'record';
  /** True for a sink that knows a copy when it is given one, and drops it. */
  readonly dropsCopies?: boolean;
  /** Lets the sink's own limits pass, so that the next delivery need not wait. */
  readonly rest: () => void;
  readonly close: () => Promise<void>;
}

/** Waits for the end of a delivery; its receipt. A delivery that gives none is as good as none. */
export const ended = async (delivery$: Observable<Receipt>): Promise<Receipt> => {
  const receipt = await lastValueFrom(delivery$, { defaultValue: null });
  if (receipt === null) throw new Error('no receipt');
  return receipt;
};

/** The receipt, or the error. */
export const outcomeOf = (sink: Sink, told: Alert, attempt: Attempt = FIRST): Promise<Receipt | DeliveryError> =>
  ended(sink.deliver(told, attempt)).catch((error: unknown) => {
    if (error instanceof DeliveryError) return error;
    throw error;
  });

/** Everything a log could make of a value. */
const allOf = (value: unknown): string =>
  [
    String(value),
    inspect(value, { depth: 9, showHidden: true }),
    JSON.stringify(value),
    value instanceof Error ? `${value.message} ${value.stack}` : '',
  ].join('\n');

/** What a terminal obeys, what turns the reading direction, what is no character at all. */
const UNFIT = /[^\P{Cc}\n]|\p{Cs}|[\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f]/u;

const ODD: readonly (readonly [what: string, given: Partial<Alert>])[] = [
  ['no measure has a value', { measures: { m_1: null, made_up: null }, reasons: { m_1: 'gap' }, conditions: [] }],
  [
    'a condition has no value',
    { conditions: [{ measure: 'm_1', value: null, threshold: 3, margin: null, passed: true, reason: 'warmup' }] },
  ],
  [
    'the bar has no volume',
    { bar: { open: 1e-7, high: 2e-7, low: 1e-7, close: 2e-7, volume: null, quoteVolume: null, provenance: 'rest' } },
  ],
  ['the open is 0', { bar: { open: 0, high: 1, low: 0, close: 1, volume: 0, quoteVolume: 0, provenance: 'rebuilt' } }],
  ['a number is none', { coverage: Number.NaN, measures: { m_1: Infinity }, openTimeMs: Number.NaN }],
  ['it speaks of the market', { kind: 'market', symbol: '*', direction: 'down' }],
];

/** What a sink can do besides delivering one alert. */
export interface Abilities {
  readonly batch?: boolean;
  readonly edit?: boolean;
  readonly announce?: boolean;
}

/** An episode of two alerts, the first of them the one that specs deliver. */
export const episode = (given: Partial<Episode> = {}): Episode => {
  const opened = alert({ episode: { id: 'abcdefghijklmnop', role: 'opens' } });
  const entry = { rule: opened.rule, interval: opened.interval, strength: 6.1 };
  return {
    id: opened.id,
    market: opened.market,
    symbol: opened.symbol,
    direction: opened.direction,
    opened,
    entries: [
      { ...entry, id: opened.id, decisionTimeMs: opened.decisionTimeMs, close: opened.bar.close },
      { ...entry, id: 'bcdefghijklmnopq', decisionTimeMs: opened.decisionTimeMs + 900_000, close: 61_999.5 },
    ],
    fired: 2,
    toldAtMs: opened.decisionTimeMs,
    furthest: { close: 61_999.5, atMs: opened.decisionTimeMs + 900_000 },
    fadedAtMs: null,
    outcome: null,
    version: 2,
    ...given,
  };
};

/** What every sink promises (ports/sink.ts). */
export const sinkContract = (open: () => Promise<SinkUnderContract>, can: Abilities = {}): void => {
  describe('the contract of sinks', () => {
    let it_: SinkUnderContract;
    beforeEach(async () => {
      it_ = await open();
    });
    afterEach(() => it_.close());

    it('gives one receipt for an alert and completes', async () => {
      const told = await lastValueFrom(it_.sink.deliver(alert(), FIRST).pipe(materialize(), toArray()), { defaultValue: [] });
      expect(told.map(({ kind }) => kind)).toStrictEqual(['N', 'C']);
      expect(it_.seen()).toHaveLength(1);
      expect(it_.faults).toStrictEqual([]);
    });

    it('does nothing before it is subscribed to, and delivers once for each subscription', async () => {
      const delivery$ = it_.sink.deliver(alert(), FIRST);
      expect(it_.seen()).toHaveLength(0);
      await ended(delivery$);
      it_.rest();
      await ended(delivery$);
      expect(it_.seen()).toHaveLength(it_.dropsCopies === true ? 1 : 2);
    });

    it('says what moved, how unusual it was, how sure the data are, when, and the id', async () => {
      await ended(it_.sink.deliver(alert(), FIRST));
      const [text = ''] = it_.seen();
      if (it_.form === 'record') return expect(JSON.parse(text)).toMatchObject({ id: alert().id, alert: alert() });
      for (const part of ['BTCUSDT', '▲', '+2.41%', '15m', 'USD-M', '61234.5', '59793.1']) expect(text).toContain(part);
      for (const part of ['4.21 ATR', 'needs 3.00 ATR', '5.10 σ', '1.24M quote/h', 'n/a (not enough bars yet)'])
        expect(text).toContain(part);
      for (const part of ['98.7%', 'stream', '2026-08-06 12:00–12:15 UTC', 'abcdefghijklmnop']) expect(text).toContain(part);
    });

    it('claims no odds', async () => {
      await ended(it_.sink.deliver(alert({ direction: 'down', shortHistory: true }), AGAIN));
      expect(it_.seen().join()).not.toMatch(/bull|bear|likely|probab|chance|win rate|strong/i);
    });

    it('marks a copy that may be a repeat, and no other', async () => {
      await ended(it_.sink.deliver(alert(), FIRST));
      it_.rest();
      await ended(it_.sink.deliver(it_.dropsCopies === true ? alert({ id: 'another' }) : alert(), AGAIN));
      expect(it_.seen().map((text) => /may be a repeat|"mayRepeat":true/.test(text))).toStrictEqual([false, true]);
    });

    it.each(HOSTILE.map((symbol) => [JSON.stringify(symbol).slice(0, 60), symbol]))(
      'takes the symbol %s and defuses it',
      async (_, symbol) => {
        const measures = { [symbol]: 1 };
        await ended(it_.sink.deliver(alert({ symbol, measures }), FIRST));
        expect(it_.seen()).toHaveLength(1);
        expect(it_.seen().join('\n')).not.toMatch(UNFIT);
      },
    );

    it.each(ODD)('takes an alert where %s', async (_, given) => {
      await ended(it_.sink.deliver(alert(given), FIRST));
      expect(it_.seen()).toHaveLength(1);
      if (it_.form === 'record') JSON.parse(it_.seen().join());
      else expect(it_.seen().join('\n')).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
    });

    it('errs with a DeliveryError, and shows its secret nowhere', async () => {
      const told: string[] = [allOf(it_.sink)];
      for (const fail of it_.failings) {
        fail();
        const outcome = await outcomeOf(it_.sink, alert());
        expect(outcome).toBeInstanceOf(DeliveryError);
        told.push(allOf(outcome));
        it_.rest();
      }
      told.push(allOf(it_.faults), allOf(it_.seen()));
      for (const secret of it_.secrets) expect(told.join('\n')).not.toContain(secret);
    });

    it('can do what it says, and nothing else', () => {
      const { sink } = it_;
      const has = { batch: 'deliverBatch' in sink, edit: 'edit' in sink, announce: 'announce' in sink };
      expect((sink.batchMax ?? 1) > 1).toBe(has.batch);
      expect(has).toMatchObject(can);
    });

    const whenAble = (ability: keyof Abilities): typeof it | (() => void) => (can[ability] === true ? it : () => undefined);

    whenAble('batch')('tells several alerts at once, each whole enough to know it by, the copies among them marked', async () => {
      const postings = ['ETHUSDT', 'SOLUSDT', '@everyone <b>'].map((symbol, at) => ({
        alert: alert({ symbol, id: `id${at}` }),
        attempt: at === 1 ? AGAIN : FIRST,
      }));
      const receipts = await lastValueFrom(it_.sink.deliverBatch?.(postings).pipe(toArray()) ?? EMPTY, { defaultValue: [] });
      expect(receipts).toHaveLength(1);
      expect(it_.seen()).toHaveLength(1);
      const [text = ''] = it_.seen();
      for (const part of ['ETHUSDT', 'SOLUSDT', 'id0', 'id1', 'id2']) expect(text).toContain(part);
      expect(text.split('may be a repeat').length).toBeGreaterThan(1);
      expect(text).not.toMatch(UNFIT);
    });

    whenAble('edit')('tells the episode in the place of its first alert, however often', async () => {
      const { messageId } = await ended(it_.sink.deliver(alert(), FIRST));
      for (let i = 0; i < 2; i++) {
        it_.rest();
        await ended(it_.sink.edit?.(messageId ?? '', episode(), FIRST) ?? EMPTY);
      }
      expect(it_.seen().filter((text) => text.includes('61999.5'))).toHaveLength(1);
      it_.rest();
      const over = { fadedAtMs: OPEN_MS + 2_700_000, outcome: { atMs: OPEN_MS + 4_500_000, close: 60_123.5 }, version: 3 };
      await ended(it_.sink.edit?.(messageId ?? '', episode(over), FIRST) ?? EMPTY);
      expect(it_.seen().filter((text) => text.includes('60123.5'))).toHaveLength(1);
    });

    whenAble('announce')('says what is no alert, as it is given', async () => {
      const announcement = { title: '3 alerts expired', lines: ['while the sink was away', ...HOSTILE.slice(0, 9)] };
      await ended(it_.sink.announce?.(announcement) ?? EMPTY);
      const [text = ''] = it_.seen();
      for (const part of ['3 alerts expired', 'while the sink was away', '币安人生USDT']) expect(text).toContain(part);
      expect(text).not.toMatch(UNFIT);
    });
  });
};
