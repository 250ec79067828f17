import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import type { Silence } from '../../../src/model/silence.js';
import { silenceId, silenceOf } from '../../../src/model/silence.js';
import { cooldown, cooldownMemory } from '../../../src/operators/filters/cooldown.js';
import { correlation } from '../../../src/operators/filters/correlation.js';
import { filterCloses } from '../../../src/operators/filters/filter-closes.js';
import { flood } from '../../../src/operators/filters/flood.js';
import { floodMemory } from '../../../src/operators/filters/flood-memory.js';
import { mute, mutedBy } from '../../../src/operators/filters/mute.js';
import { muteMemory } from '../../../src/operators/filters/mute-memory.js';
import type { Routed } from '../../../src/ports/pipeline.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, judgedOf } from '../../support/parts.js';

const BAR_MS = 900_000;
const at = (index: number): number => alertAt(index).decisionTimeMs;
/** Of a symbol from one bar to before another. */
const silence = (what: string, from: number, to: number, reason: string | null = null): Silence => {
  const said = { what, sinceMs: at(from), untilMs: at(to), reason };
  return { ...said, id: silenceId(said) };
};
const closes = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name, i) => [name, closeAt(i, [alertAt(i)])]));
const stageOf = (silences: readonly Silence[], given: Partial<Parameters<typeof mute>[0]> = {}) =>
  filterCloses(() => [mute({ silences, memory: muteMemory(), ...given })]);
/** `mute`, or `sent`, with what was silenced before. */
const fates = ({ alerts }: Close): string =>
  alerts.map(({ suppressedBy, silenced }) => `${suppressedBy ?? 'sent'}${silenced === undefined ? '' : ` ${silenced.count} since ${(silenced.sinceMs - at(0)) / BAR_MS}`}`).join(', ');

/** What becomes of the alerts of some closes in turn. */
const fatesOf = (filters: Parameters<typeof filterCloses>[0], ...of: readonly Close[]): readonly string[] => {
  const seen: string[] = [];
  marbles((m) => {
    m.cold(`${of.map((_, i) => i).join('')}|`, Object.fromEntries(of.map((close, i) => [i, close]))).pipe(filterCloses(filters), map(fates)).subscribe((fate) => void seen.push(fate));
  })();
  return seen;
};

describe('mute', () => {
  it('withholds what is silenced, and the next one says how many there were', marbles((m) => {
    const close$ = m.hot('-a-b-c-d-|', closes);
    const expected =     '-A-B-C-D-|';
    m.expect(close$.pipe(stageOf([silence('BTCUSDT', 1, 3)]), map(fates))).toBeObservable(expected, { A: 'sent', B: 'mute', C: 'mute', D: 'sent 2 since 1' });
  }));

  it.each<[string, string, readonly string[]]>([
    ['a symbol',                      'BTCUSDT', ['mute', 'sent 1 since 0']],
    ['another symbol',                'ETHUSDT', ['sent', 'sent']],
    ['a pattern',                     'BTC*', ['mute', 'sent 1 since 0']],
    ['everything',                    '*', ['mute', 'sent 1 since 0']],
    ['a rule',                        'rule:loud', ['mute', 'sent 1 since 0']],
    ['a pattern of rules',            'rule:*d', ['mute', 'sent 1 since 0']],
    ['another rule',                  'rule:quiet', ['sent', 'sent']],
  ])('silences %s', (_, what, expected) => {
    expect(fatesOf(() => [mute({ silences: [silence(what, 0, 1)], memory: muteMemory() })], closeAt(0, [alertAt(0)]), closeAt(1, [alertAt(1)]))).toStrictEqual(expected);
  });

  it('holds from its first moment to before its last, by bar time', () => {
    const held = silence('BTCUSDT', 1, 3);
    expect([0, 1, 2, 3].map((index) => silenceOf([held], alertAt(index)) !== null)).toStrictEqual([false, true, true, false]);
    const longer = silence('BTC*', 0, 9);
    expect(silenceOf([held, longer, silence('*', 0, 2)], alertAt(1))).toBe(longer);
  });

  it('says which silence, which mute time or which route it was', () => {
    const routed = (given: Partial<Routed>) => () => ({ sinks: [], muteTime: null, why: 'route.routes.1', ...given });
    const held = silence('BTC*', 0, 2, 'maintenance');
    expect(mutedBy([held], undefined, alertAt(0))).toBe(`silence ${held.id} of BTC* until 2024-01-01 00:45 UTC: maintenance`);
    expect(mutedBy([], routed({ muteTime: 'nights', why: 'mute time nights (route)' }), alertAt(0))).toBe('mute time nights (route)');
    expect(mutedBy([], routed({}), alertAt(0))).toBe('no sink: route.routes.1');
    expect([mutedBy([], routed({ sinks: ['x'] }), alertAt(0)), mutedBy([], undefined, alertAt(0))]).toStrictEqual([null, null]);
  });

  it('counts mute times, and not what no route leads anywhere', () => {
    const nights: Routed = { sinks: [], muteTime: 'nights', why: 'mute time nights (route)' };
    const nowhere: Routed = { sinks: [], muteTime: null, why: 'no sink: route.routes.1' };
    const somewhere: Routed = { sinks: ['x'], muteTime: null, why: 'route' };
    const told = (first: Routed) => {
      const routeOf = ({ decisionTimeMs }: Alert): Routed => (decisionTimeMs === at(0) ? first : somewhere);
      return fatesOf(() => [mute({ silences: [], routeOf, memory: muteMemory() })], closeAt(0, [alertAt(0)]), closeAt(1, [alertAt(1)]));
    };
    expect([told(nights), told(nowhere)]).toStrictEqual([['mute', 'sent 1 since 0'], ['mute', 'sent']]);
  });

  it('counts each symbol and rule for itself, and until one is really sent', () => {
    const other = { ...alertAt(1), rule: 'other', id: 'other' };
    const silences = [silence('*', 0, 1)];
    const memory = muteMemory();
    const filters = () => [mute({ silences, memory }), { decide: (alerts: readonly Alert[]) => ({ withheld: new Map(alerts.filter(({ decisionTimeMs }) => decisionTimeMs === at(1)).map(({ id }) => [id, { by: 'rate' as const }])) }) }];
    expect(fatesOf(filters, closeAt(0, [alertAt(0), alertAt(0, 'ETHUSDT')]), closeAt(1, [alertAt(1), other]), closeAt(2, [alertAt(2), alertAt(2, 'ETHUSDT')]), closeAt(3, [alertAt(3)]))).toStrictEqual([
      'mute, mute', 'rate 1 since 0, rate', 'sent 1 since 0, sent 1 since 0', 'sent',
    ]);
  });

  it('goes on counting over a restart', () => {
    const muted = (index: number): Alert => ({ ...alertAt(index), suppressedBy: 'mute', because: 'silence abc of BTC*' });
    const memory = muteMemory([alertAt(1)], [muted(3), muted(0), muted(2), { ...muted(2), because: 'no sink: route' }]);
    expect(fatesOf(() => [mute({ silences: [], memory })], closeAt(4, [alertAt(4)]))).toStrictEqual(['sent 2 since 2']);
  });

  it('arms no cooldown, and counts nothing that the cooldown would have withheld', () => {
    const filters = () => {
      const memory = cooldownMemory();
      return [cooldown({ cooldownMs: 2 * BAR_MS, memory }), mute({ silences: [silence('BTCUSDT', 1, 3)], memory: muteMemory() })];
    };
    expect(fatesOf(filters, ...Object.values(closes).map((close) => close))).toStrictEqual(['sent', 'cooldown', 'mute', 'sent 1 since 2', 'cooldown']);
  });

  it('chooses nobody to tell for others who is not heard, and takes no place in a flood', () => {
    const alike = { count: 30, index: 0, bitcoin: 0, breadthUp: 0, breadthDown: 0, correlation: () => 1, standings: new Map() };
    const [loud, quiet] = [{ ...alertAt(0, 'AAA'), strength: { version: 1, value: 9, coverage: 1, parts: [] } }, alertAt(0, 'BBB')];
    const close = closeAt(0, [loud, quiet], { section: alike, judged: [judgedOf('AAA', 0), judgedOf('BBB', 0)] });
    const silenced = mute({ silences: [silence('AAA', 0, 1)], memory: muteMemory() });
    expect(fatesOf(() => [silenced, correlation({ threshold: 0.8, strengthOf: ({ strength }) => strength?.value ?? null })], close)).toStrictEqual(['mute, sent']);
    const floods = () => [silenced, flood({ candidates: 1, breadthPct: 15, cooldownMs: 0, memory: floodMemory() })];
    expect(fatesOf(floods, close)).toStrictEqual(['mute, sent']);
  });

  it('is silent when nothing comes, passes an error on, and leaves when it is left', marbles((m) => {
    m.expect(m.hot<Close>('-').pipe(stageOf([]))).toBeObservable('-');
    m.expect(m.hot<Close>('-|').pipe(stageOf([]))).toBeObservable('-|');
    m.expect(m.hot<Close>('-#').pipe(stageOf([]))).toBeObservable('-#');
    const close$ = m.hot('-a-b-', closes);
    m.expect(close$.pipe(stageOf([]), map(fates)), '--!').toBeObservable('-A-', { A: 'sent' });
    m.expect(close$).toHaveSubscriptions('^-!');
  }));
});
