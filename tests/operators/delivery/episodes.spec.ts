import type { Observable } from 'rxjs';
import { from, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Close, EarlyNews } from '../../../src/model/close.js';
import { isClose } from '../../../src/model/close.js';
import type { Episode, EpisodeSettings } from '../../../src/model/episode.js';
import { episodes } from '../../../src/operators/delivery/episodes.js';
import { EPISODES, keptEpisodes } from '../../../src/operators/delivery/episodes-kept.js';
import { StoreError } from '../../../src/ports/store.js';
import { barAt } from '../../support/bars.js';
import { GROUPED, HOUR_MS, moveOf, NOTHING_KEPT } from '../../support/episodes.js';
import { fakeStore, faultLog } from '../../support/fakes.js';
import { marbles } from '../../support/marbles.js';
import { alertAt, closeAt, openedAgain, placed } from '../../support/parts.js';

type Marbles = Parameters<Parameters<typeof marbles>[0]>[0];
type News = Close | EarlyNews;

const stage = (settings: EpisodeSettings = GROUPED, store = fakeStore(), m?: Marbles) => {
  const log = faultLog();
  const { epoch } = openedAgain(store);
  const wireTime = m?.scheduler ?? { now: () => 0, schedule: (): never => { throw new Error('nothing waits here'); } };
  return { ...log, store, through: episodes({ settings, kept: NOTHING_KEPT, store, epoch, wireTime, random: () => 1, report: log.report }) };
};

const collect = <T>(source$: Observable<T>): readonly T[] => {
  let all: readonly T[] = [];
  source$.pipe(toArray()).subscribe((told) => (all = told));
  return all;
};

const closesThrough = (closes: readonly News[], settings?: EpisodeSettings): readonly Close[] =>
  collect(from(closes).pipe(stage(settings).through)).filter(isClose);

/** `opens`, `joins 0` (of the episode that the alert of bar 0 opened), `-` for what is withheld; by close. */
const rolesIn = (closes: readonly Close[]): readonly string[] => {
  const openedAt = new Map<string, number>();
  return closes.map(({ alerts }, index) =>
    alerts
      .map(({ id, episode, suppressedBy }) => {
        if (episode?.role === 'opens') openedAt.set(id, index);
        if (episode === undefined) return suppressedBy ?? 'none';
        return episode.role === 'opens' ? 'opens' : `${episode.role} ${openedAt.get(episode.id)}`;
      })
      .join(', '),
  );
};

const rolesOf = (script: string, settings?: EpisodeSettings): readonly string[] => rolesIn(closesThrough(moveOf(script), settings));

const latestOf = (script: string, settings?: EpisodeSettings): Episode | undefined =>
  closesThrough(moveOf(script), settings)
    .flatMap((close) => close.episodes ?? [])
    .at(-1);

const indexOf = (atMs: number | null | undefined): number | null =>
  atMs === null || atMs === undefined ? null : (atMs - barAt(0).openTimeMs) / 900_000 - 1;

describe('episodes', () => {
  it('tells what each alert is to its episode, and which episodes have something new', marbles((m) => {
    const [a, b, c] = moveOf('103! 104 105?') as [Close, Close, Close];
    const close$ =    m.hot('-a--b--c--|', { a, b, c });
    const failed$ =          m.cold<never>('(#)', {}, new StoreError('full', 'the disk is full'));
    const expected =        '-A--B--C--|';
    const store = fakeStore();
    const { through } = stage(GROUPED, { ...store, put: () => failed$ }, m);
    const [opened, grown, joined] = closesThrough([a, b, c]) as [Close, Close, Close];
    const told$ = close$.pipe(through);
    // What cannot be kept holds nothing up but the closes behind it.
    m.expect(told$, '----------!').toBeObservable('-A--B-----', { A: opened, B: grown, C: joined });
    m.expect(close$.pipe(stage().through)).toBeObservable(expected, { A: opened, B: grown, C: joined });
  }));

  it('is silent when nothing comes, passes an error on, and releases its source', marbles((m) => {
    m.expect(m.hot<News>('-').pipe(stage().through)).toBeObservable('-');
    m.expect(m.hot<News>('-|').pipe(stage().through)).toBeObservable('-|');
    m.expect(m.hot<News>('-#').pipe(stage().through)).toBeObservable('-#');
    const [a] = moveOf('103!') as [Close];
    const close$ = m.hot<News>('-a-a', { a });
    m.expect(close$.pipe(stage().through), '--!').toBeObservable('-A', { A: closesThrough([a])[0] as Close });
    m.expect(close$).toHaveSubscriptions('^-!');
  }));

  it.each([
    ['one alert opens an episode', '103!', ['opens']],
    ['a later one joins it', '103! 104 105!', ['opens', '', 'joins 0']],
    ['so does another rule, at the same close too', '103!? 104?', ['opens, joins 0', 'joins 0']],
    ['what the cooldown withholds has no role', '103! 104~', ['opens', 'cooldown']],
    ['a step is an escalation', '103! 108^', ['opens', 'escalates 0']],
    ['a step of what is over opens the next', '103! 102 102 102 108^', ['opens', '', '', '', 'opens']],
    ['a fall is another episode', '103! 99v 104!', ['opens', 'opens', 'joins 0']],
    ['an alert an hour after the last growth opens the next', '103! 102 102 102 104!', ['opens', '', '', '', 'opens']],
    ['and one a bar earlier joins', '103! 102 102 104!', ['opens', '', '', 'joins 0']],
    ['a further close is growth', '103! 102 102 104 102 102 102!', ['opens', '', '', '', '', '', 'joins 0']],
    ['what the cooldown withholds is growth', '103! 102 102 102~ 102 102 102!', ['opens', '', '', 'cooldown', '', '', 'joins 0']],
  ])('%s', (_, script, roles) => {
    expect(rolesOf(script)).toStrictEqual(roles);
  });

  it('tells an episode anew that lives longer, unless that is off', () => {
    const settings = { groupForMs: HOUR_MS, repeatAfterMs: HOUR_MS };
    const script = '103! 104? 105 106 107? 108?';
    expect(rolesOf(script, settings)).toStrictEqual(['opens', 'joins 0', '', '', 'opens', 'joins 4']);
    expect(rolesOf(script, { ...settings, repeatAfterMs: null }).at(-1)).toBe('joins 0');
    // An escalation was told anew, so it is not told again so soon.
    expect(rolesOf('103! 104^ 105 106 107? 108?', settings)).toStrictEqual(['opens', 'escalates 0', '', '', 'joins 0', 'opens']);
  });

  it('lets no episode live longer than a day', () => {
    const climb = Array.from({ length: 97 }, (_, i) => `${103 + i}`).join(' ');
    const roles = rolesOf(`${climb.replace('103', '103!')}? 300?`, { groupForMs: HOUR_MS, repeatAfterMs: null });
    expect(roles.filter((role) => role !== '')).toStrictEqual(['opens', 'opens', 'joins 96']);
  });

  it('knows the furthest close, when half of the way was given back, and that it goes on after all', () => {
    // It began at 100, so half of the way to 110 is 105.
    expect(latestOf('106! 110 105.1')).toMatchObject({ furthest: { close: 110 }, fadedAtMs: null, version: 2 });
    const faded = latestOf('106! 110 105');
    expect([indexOf(faded?.furthest.atMs), indexOf(faded?.fadedAtMs), faded?.version]).toStrictEqual([1, 2, 3]);
    expect(latestOf('106! 110 105 104')).toStrictEqual(faded);
    expect(latestOf('106! 110 105 111')).toMatchObject({ furthest: { close: 111 }, fadedAtMs: null, version: 4 });
  });

  it('fades upwards when it was a fall', () => {
    expect(indexOf(latestOf('94v 90 95')?.fadedAtMs)).toBe(2);
    expect(latestOf('94v 90 94.9')?.fadedAtMs).toBeNull();
  });

  it('tells what became of it an hour after it opened', () => {
    const known = latestOf('106! 107 105 105 104');
    expect([indexOf(known?.outcome?.atMs), known?.outcome?.close]).toStrictEqual([4, 104]);
    expect(latestOf('106! 107 105 105')?.outcome).toBeNull();
  });

  it('says that there was no bar to tell it, once one came too late, or none in a whole hour', () => {
    expect(latestOf('106! - - - - 104')?.outcome).toMatchObject({ close: null });
    const never = latestOf('106! - - - - - - - - - -');
    expect([indexOf(never?.outcome?.atMs), never?.outcome?.close]).toStrictEqual([4, null]);
  });

  it('lists the first alert and the newest, and counts them all', () => {
    const episode = latestOf(`103! ${'104~ '.repeat(12).trim()}`);
    expect(episode?.fired).toBe(13);
    expect(episode?.entries.map(({ decisionTimeMs }) => indexOf(decisionTimeMs))).toStrictEqual([0, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('opens one for each market alert, whose index begins anew with every bar', () => {
    const market = { ...alertAt(0, '*'), kind: 'market' as const };
    const later = { ...alertAt(1, '*'), kind: 'market' as const };
    const told = closesThrough([closeAt(0, [market]), closeAt(1, [later])]);
    expect(rolesIn(told)).toStrictEqual(['opens', 'opens']);
    expect(told.flatMap((close) => close.episodes ?? [])).toStrictEqual([]);
  });

  it('leaves early news, corrected bars, and what is withheld for another reason as they are', () => {
    const muted = closeAt(1, [{ ...alertAt(1), suppressedBy: 'mute' }]);
    const revised = closeAt(0, [alertAt(0)], { revision: true });
    const early: EarlyNews = { early: [{ ...alertAt(2), grade: 'early' }] };
    const [first] = moveOf('103!') as [Close];
    const told = collect(from<readonly News[]>([first, muted, revised, early]).pipe(stage().through));
    expect(told.slice(1)).toStrictEqual([muted, revised, early]);
  });

  it('looks at nothing while there is no episode, and hands on the very close', () => {
    const quiet = closeAt(0, [], { judged: [{ bar: placed(barAt(0)), values: {}, verdicts: [] }] });
    expect(closesThrough([quiet])[0]).toBe(quiet);
  });

  it('writes nothing for an episode that has just opened, little for its growth, and nothing remains of it', () => {
    const bytes: number[] = [];
    const keys = new Map<string, unknown>();
    const store = fakeStore();
    const counting: typeof store = {
      ...store,
      put: (epoch, namespace, key, value) => {
        bytes.push(JSON.stringify({ namespace, key, value }).length);
        if (value === null) keys.delete(key);
        else keys.set(key, value);
        expect(namespace).toBe(EPISODES);
        return store.put(epoch, namespace, key, value);
      },
    };
    const through = (script: string) => collect(from(moveOf(script)).pipe(stage(GROUPED, counting).through));
    through('103!');
    expect(bytes).toStrictEqual([]);
    through('103! 104 105~ 103');
    expect(Math.max(...bytes)).toBeLessThan(350);
    expect(keys.size).toBe(1);
    through(`103! 104 105~ 103 ${'104 '.repeat(20).trim()}`);
    expect([...keys]).toStrictEqual([]);
  });

  it('finds what earlier lives left, as far as it is not over', () => {
    const store = fakeStore();
    const closes = moveOf('103! 104 105~');
    const told = collect(from(closes).pipe(stage(GROUPED, store).through)).filter(isClose);
    const { epoch } = openedAgain(store);
    for (const close of told)
      store
        .claim({ epoch, position: { ...close, lagging: {} }, alerts: close.alerts, deliveries: [], atMs: close.decisionTimeMs })
        .subscribe();
    const [kept] = collect(keptEpisodes(store, openedAgain(store), GROUPED));
    expect(kept?.episodes).toStrictEqual([told.at(-1)?.episodes?.at(-1)]);
    const later = closeAt(40);
    store.claim({ epoch: openedAgain(store).epoch, position: { ...later, lagging: {} }, alerts: [], deliveries: [], atMs: 0 }).subscribe();
    expect(collect(keptEpisodes(store, openedAgain(store), GROUPED))).toStrictEqual([NOTHING_KEPT]);
  });
});
