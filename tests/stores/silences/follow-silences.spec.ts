import type { Observable } from 'rxjs';
import { defer, map, of, switchMap, take, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Silence } from '../../../src/model/silence.js';
import type { Files } from '../../../src/ports/files.js';
import { followSilences } from '../../../src/stores/silences/follow-silences.js';
import { writeSilences } from '../../../src/stores/silences/silences-text.js';
import { faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';

const one: Silence = { id: 'a', what: 'BTC*', sinceMs: 1_000, untilMs: 2_000, reason: null };
const two: Silence = { ...one, id: 'b', what: 'rule:momentum' };
const texts: Readonly<Record<string, string>> = {
  a: writeSilences([one]),
  b: writeSilences([one, two]),
  x: '{"silences":',
  y: '{"silences":[{"what":3}]}',
};

/** A file that says at each look what the next letter stands for: `0` no file, `!` a file that cannot be read. */
const saying = (letters: string): Files => {
  let look = 0;
  const read = (): Observable<Buffer | null> =>
    defer(() => {
      const letter = letters.charAt(Math.min(look++, letters.length - 1));
      if (letter === '!') return throwError(() => Object.assign(new Error('denied'), { code: 'EACCES' }));
      return of(letter === '0' ? null : Buffer.from(texts[letter] ?? ''));
    });
  return { read } as Pick<Files, 'read'> as Files;
};
const told = map((silences: readonly Silence[]) => silences.map(({ id }) => id).join(''));

describe('followSilences', () => {
  it(
    'tells what holds, and keeps the last that was good',
    marbles((m) => {
      const { report, faults } = faultLog();
      const looks = 'aaaaxxxxbbbb';
      const expected = 'a-------b--';
      const files = saying(looks);
      m.expect(
        followSilences({ files, path: 's.json', everyMs: 1, wireTime: m.scheduler, report }).pipe(told),
        '-----------!',
      ).toBeObservable(expected, { a: 'a', b: 'ab' });
      m.flush();
      expect(faults).toStrictEqual([
        {
          kind: 'silences-refused',
          detail: 's.json: it should be JSON, such as {"silences":[]}; what it said before goes on',
        },
      ]);
    }),
  );

  it(
    'tells of each defect once, and again when it has been mended in between',
    marbles((m) => {
      const { report, faults } = faultLog();
      const files = saying('0xxy!!ax');
      const silence$ = followSilences({ files, path: 's.json', everyMs: 1, wireTime: m.scheduler, report });
      m.expect(silence$.pipe(told), '---------!').toBeObservable('0-----a--', { 0: '', a: 'a' });
      m.flush();
      expect(faults.map(({ detail }) => detail.replace('s.json: ', '').replace(/;.*/, ''))).toStrictEqual([
        'it should be JSON, such as {"silences":[]}',
        'silences.0.what should be a symbol such as BTC*, or rule: and the name of a rule',
        'it cannot be read (EACCES)',
        'it should be JSON, such as {"silences":[]}',
      ]);
    }),
  );

  it(
    'tells a second listener what holds, and nobody of the same defect twice',
    marbles((m) => {
      const { report, faults } = faultLog();
      const silence$ = followSilences({ files: saying('x'), path: 's', everyMs: 1, wireTime: m.scheduler, report });
      const first$ = silence$.pipe(take(1));
      const again$ = first$.pipe(switchMap(() => silence$.pipe(take(1))));
      m.expect(again$.pipe(told)).toBeObservable('(0|)', { 0: '' });
      m.flush();
      expect(faults).toHaveLength(1);
    }),
  );
});
