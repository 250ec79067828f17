import fc from 'fast-check';
import type { Observable, Subscription } from 'rxjs';
import { defer, NEVER, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import type { Close } from '../../../src/model/close.js';
import type { EpisodeSettings, KeptEpisodes } from '../../../src/model/episode.js';
import { keptEpisodes } from '../../../src/operators/delivery/episodes-kept.js';
import { settle } from '../../../src/operators/delivery/settle.js';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.js';
import type { EditableFake } from '../../support/episodes.js';
import { editableSink, HOUR_MS, moveOf } from '../../support/episodes.js';
import type { FakeSink, FakeStore } from '../../support/fakes.js';
import { fakeSink, fakeStore } from '../../support/fakes.js';
import { DELIVERY, openedAgain } from '../../support/parts.js';

const SEED = 20_260_806;

/** A price and who fires; more often than not nobody does. */
const anyBar = fc
  .record({
    price: fc.integer({ min: 90, max: 115 }),
    signs: fc.constantFrom('', '', '', '!', '?', '!?', '~', '^', 'v'),
    missing: fc.boolean().chain((maybe) => (maybe ? fc.boolean() : fc.constant(false))),
  })
  .map(({ price, signs, missing }) => (missing ? '-' : `${price}${signs}`));

const anyMove = fc.array(anyBar, { minLength: 24, maxLength: 24 }).map((bars) => bars.join(' '));

/** The closes of two symbols. */
const anyCloses = fc.tuple(anyMove, anyMove).map(([one, other]): readonly Close[] => {
  const others = moveOf(other, 'ETHUSDT');
  return moveOf(one).map((close, index) => ({
    ...close,
    judged: [...close.judged, ...(others[index]?.judged ?? [])],
    alerts: [...close.alerts, ...(others[index]?.alerts ?? [])],
  }));
});

const anySettings: fc.Arbitrary<EpisodeSettings> = fc.record({
  groupForMs: fc.constantFrom(HOUR_MS / 2, HOUR_MS, 3 * HOUR_MS),
  repeatAfterMs: fc.constantFrom(null, HOUR_MS, 2 * HOUR_MS),
});

/** What all lives of a monitor share. */
interface World {
  readonly store: FakeStore;
  readonly editable: EditableFake;
  readonly plain: FakeSink;
  readonly settings: EpisodeSettings;
  /** Ids of alerts that were claimed, as they were first claimed. */
  readonly claimed: Map<string, Alert>;
  readonly clock: ReturnType<typeof createVirtualClock>;
}

const worldOf = (settings: EpisodeSettings): World => {
  const clock = createVirtualClock();
  const editable = editableSink({ now: () => clock.now() });
  return { store: fakeStore(), editable, plain: fakeSink(undefined, 'plain'), settings, claimed: new Map(), clock };
};

/** One life: it goes on with these closes until the store is cut off, after so many writes of its own. Returns how many closes it has claimed. */
const live = ({ store, editable, plain, settings, claimed, clock }: World, closes: readonly Close[], writes: number): number => {
  const remembered = openedAgain(store);
  let kept: KeptEpisodes = { episodes: [], messages: [] };
  keptEpisodes(store, remembered, settings).subscribe((each) => (kept = each));
  let [written, done] = [0, 0];
  const cut = (write: () => Observable<never>): Observable<never> => defer(() => (++written > writes ? NEVER : write()));
  const close$ = new Subject<Close>();
  const cutOff: FakeStore = {
    ...store,
    put: (...put) => cut(() => store.put(...put)),
    claim: (claim) =>
      cut(() => {
        done++;
        for (const alert of claim.alerts) if (!claimed.has(alert.id)) claimed.set(alert.id, alert);
        return store.claim(claim);
      }),
  };
  const parts = { store: cutOff, remembered, sinks: [editable, plain], delivery: DELIVERY, quietStartMs: 0, marketTime: clock, wireTime: clock };
  const life: Subscription = close$
    .pipe(settle({ ...parts, random: () => 1, report: () => undefined, episodes: { settings, kept } }))
    .subscribe();
  for (const close of closes) {
    clock.advanceTo(close.decisionTimeMs);
    close$.next(close);
    if (written > writes) break;
  }
  if (written <= writes) clock.advanceTo(clock.now() + 60_000);
  life.unsubscribe();
  return done;
};

const shown = ({ editable }: World) => editable.messages().map(({ id, tells }) => ({ id, tells }));
const rolesOf = ({ claimed }: World) => [...claimed.values()].map(({ id, episode }) => ({ id, episode }));

describe('episodes, over whole lives', () => {
  it('give every alert that is sent a role, and every episode one message and one more for each escalation', () => {
    fc.assert(
      fc.property(anyCloses, anySettings, (closes, settings) => {
        const world = worldOf(settings);
        live(world, closes, Infinity);
        const sent = [...world.claimed.values()].filter(({ suppressedBy }) => suppressedBy === null);
        expect(sent.filter(({ episode }) => episode === undefined)).toStrictEqual([]);
        const posted = sent.filter(({ episode }) => episode?.role !== 'joins');
        expect(world.editable.messages()).toHaveLength(posted.length);
        expect(world.plain.asked).toHaveLength(sent.length);
        // What joins was delivered by the message of its episode.
        for (const { id, episode } of sent.filter(({ episode }) => episode?.role === 'joins'))
          expect(world.store.row(id)).toMatchObject({ state: 'delivered', messageId: world.store.row(episode?.id ?? '')?.messageId });
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('are the same however often the monitor dies, whatever it had just written', () => {
    fc.assert(
      fc.property(anyCloses, anySettings, fc.array(fc.nat({ max: 12 }), { maxLength: 8 }), (closes, settings, lives) => {
        const [whole, cut] = [worldOf(settings), worldOf(settings)];
        live(whole, closes, Infinity);
        let done = 0;
        for (const writes of lives) done += live(cut, closes.slice(done), writes);
        live(cut, closes.slice(done), Infinity);
        expect(rolesOf(cut)).toStrictEqual(rolesOf(whole));
        expect(shown(cut)).toStrictEqual(shown(whole));
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});
