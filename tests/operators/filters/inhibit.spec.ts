import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import { filterCloses } from '../../../src/operators/filters/filter-closes.js';
import { inhibit, inhibitMemory } from '../../../src/operators/filters/inhibit.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt } from '../../support/parts.js';

const market = (index: number, direction: 'up' | 'down' = 'up'): Alert => ({ ...alertAt(index, '*', direction), kind: 'market', rule: 'market', id: `market ${index} ${direction}` });
const strong = (index: number, value: number): Alert => ({ ...alertAt(index), strength: { version: 1, value, coverage: 1, parts: [] } });
const OPTIONS = { singlesMs: 1_800_000, unlessStrength: null, unlessEscalating: true };

type Options = Partial<Omit<Parameters<typeof inhibit>[0], 'memory'>>;
const stageOf = (options: Options = {}, sentBefore: readonly Alert[] = []) => filterCloses(() => [inhibit({ ...OPTIONS, ...options, memory: inhibitMemory(sentBefore) })]);
const fates = ({ alerts }: Close): string => alerts.map(({ suppressedBy, mergedInto }) => (suppressedBy === null ? 'sent' : `${suppressedBy} into ${mergedInto ?? 'nothing'}`)).join(', ');
/** What becomes of the alerts of the closes of bars 0, 1, 2, … */
const fatesOf = (closes: readonly (readonly Alert[])[], options: Options = {}, sentBefore: readonly Alert[] = []): readonly string[] => {
  const seen: string[] = [];
  marbles((m) => {
    const named = Object.fromEntries(closes.map((alerts, i) => [i, closeAt(i, alerts)]));
    m.cold(`${closes.map((_, i) => i).join('')}|`, named).pipe(stageOf(options, sentBefore), map(fates)).subscribe((fate) => void seen.push(fate));
  })();
  return seen;
};

describe('inhibit', () => {
  it('merges singles into the market alert that told their move', marbles((m) => {
    const close$ = m.hot('-m-a-b-c-|', { m: closeAt(0, [market(0)]), a: closeAt(1, [alertAt(1)]), b: closeAt(2, [alertAt(2)]), c: closeAt(3, [alertAt(3)]) });
    const expected =     '-M-A-B-C-|';
    m.expect(close$.pipe(stageOf(), map(fates))).toBeObservable(expected, { M: 'sent', A: 'flood into market 0 up', B: 'sent', C: 'sent' });
  }));

  it.each<[string, readonly (readonly Alert[])[], Options, readonly string[]]>([
    ['nothing where it is off',                 [[market(0)], [alertAt(1)]], { singlesMs: 0 }, ['sent', 'sent']],
    ['nothing of the other direction',          [[market(0)], [alertAt(1, 'BTCUSDT', 'down')]], {}, ['sent', 'sent']],
    ['nothing of the close of the market alert', [[market(0), alertAt(0)], []], {}, ['sent, sent', '']],
    ['nothing of a close that tells the market anew', [[market(0)], [market(1), alertAt(1)]], {}, ['sent', 'sent, sent']],
    ['no market alert',                         [[market(0)], [market(1)]], {}, ['sent', 'sent']],
    ['nothing that is strong enough',           [[market(0)], [strong(1, 8)]], { unlessStrength: 8 }, ['sent', 'sent']],
    ['what is just not strong enough',          [[market(0)], [strong(1, 7.9)]], { unlessStrength: 8 }, ['sent', 'flood into market 0 up']],
    ['what has no strength',                    [[market(0)], [alertAt(1)]], { unlessStrength: 0 }, ['sent', 'flood into market 0 up']],
    ['nothing that escalates',                  [[market(0)], [{ ...alertAt(1), escalates: 'before' }]], {}, ['sent', 'sent']],
    ['what escalates too, where that is asked', [[market(0)], [{ ...alertAt(1), escalates: 'before' }]], { unlessEscalating: false }, ['sent', 'flood into market 0 up']],
    ['into the last of two market alerts',      [[market(0)], [market(1)], [alertAt(2)]], {}, ['sent', 'sent', 'flood into market 1 up']],
  ])('merges %s', (_, closes, options, expected) => {
    expect(fatesOf(closes, options)).toStrictEqual(expected);
  });

  it('goes on over a restart', () => {
    expect(fatesOf([[], [alertAt(1)]], {}, [market(0), market(0, 'down'), alertAt(0)])).toStrictEqual(['', 'flood into market 0 up']);
  });

  it('merges singles of other bar lengths of the market too', () => {
    expect(fatesOf([[{ ...market(0), interval: '1h' }], [alertAt(1)]])).toStrictEqual(['sent', 'flood into market 0 up']);
  });
});
