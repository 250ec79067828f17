import { describe, expect, it } from 'vitest';
import { momentum } from '../../pipelines/momentum.js';
import type { Bar } from '../../src/model/bar.js';
import type { Parts } from '../../src/ports/pipeline.js';
import type { Sink } from '../../src/ports/sink.js';
import { barAt } from '../support/bars.js';
import { fakeSink, fakeStore } from '../support/fakes.js';
import { liveOn } from '../support/parts.js';

/* What a picture is drawn of goes from the window of the alerted bar to the sink that wants it, and nowhere else. */

const settings = momentum.settings.parse({});
const compose = (parts: Parts) => momentum.compose(parts, settings);

/** Bars that swing by one, and one that does not. */
const truth: readonly Bar[] = Array.from({ length: 310 }, (_, i) => {
  const [open, close] = i === 300 ? [100, 110] : i < 300 ? [100 + (i % 2), 101 - (i % 2)] : [110, 110];
  return barAt(i, { symbol: 'A', open, close, volume: i === 300 ? 1_000_000 : 100 + 10 * (i % 2), quoteVolume: 1_000_000 });
});

const tellOne = (sinks: readonly Sink[]) => {
  const store = fakeStore();
  const life = liveOn({ compose, store, sinks, truth, after: 299 });
  [300, 301].forEach(life.arrive);
  return { life, store };
};

describe('the scene of an alert', () => {
  it('comes with the first attempt to every sink where one of them wants it: the last 96 bars, the alerted one last', () => {
    const wanting = { ...fakeSink(undefined, 'wanting'), wantsScene: true };
    const { life } = tellOne([wanting]);
    expect(life.told).toContain('close 300: A up');
    const [asked] = wanting.asked;
    const shown = truth.slice(205, 301);
    expect(asked?.attempt.scene).toStrictEqual({
      intervalMs: 900_000,
      openTimesMs: shown.map(({ openTimeMs }) => openTimeMs),
      ...Object.fromEntries((['open', 'high', 'low', 'close', 'volume'] as const).map((name) => [name, shown.map((bar) => bar[name])])),
    });
  });

  it('does not exist where nobody wants it, and is never kept', () => {
    const plain = fakeSink();
    tellOne([plain]);
    expect(plain.asked[0]?.attempt).not.toHaveProperty('scene');
    const { store } = tellOne([{ ...fakeSink(), wantsScene: true }]);
    expect(JSON.stringify(store.rows())).not.toContain('openTimesMs');
  });

  it('changes nothing of what is told', () => {
    const [plain, wanting] = [tellOne([fakeSink()]), tellOne([{ ...fakeSink(), wantsScene: true }])];
    expect(wanting.life.told).toStrictEqual(plain.life.told);
    expect(wanting.store.rows()).toStrictEqual(plain.store.rows());
  });
});
