import { describe, expect, it } from 'vitest';
import { decisionsFolder, decisionsRecord } from '../../src/commands/decisions-folder.js';
import { config } from '../../src/config/index.js';

const settingsOf = (...overrides: readonly string[]) => {
  const replay = { path: 'source', value: { type: 'replay', bars: ['x'] }, from: 'the spec' };
  const loaded = config.loadText({
    file: null,
    env: {},
    overrides: overrides.map((each) => (each === 'replay' ? replay : each)),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings;
};

const problemsOf = (override: string): string => {
  const loaded = config.loadText({ file: null, env: {}, overrides: [override] });
  return loaded.ok ? 'none' : loaded.problems.map(({ text }) => text).join();
};

describe('the ring of decisions', () => {
  it.each([
    [['store.type=lowdb', 'store.path=data'], 'data/decisions'],
    [['store.type=lowdb', 'store.path=data', 'decisions.enabled=off'], null],
    [['store.type=lowdb', 'store.path=data', 'decisions.folder=elsewhere'], 'elsewhere'],
    [['store.type=memory'], null],
    [['store.type=memory', 'decisions.enabled=on'], 'decisions'],
    [['store.type=memory', 'decisions.folder=elsewhere'], 'elsewhere'],
    [['store.type=memory', 'decisions.folder=elsewhere', 'decisions.enabled=off'], null],
    [['replay', 'store.type=lowdb', 'store.path=data'], null],
    [['replay', 'store.type=lowdb', 'store.path=data', 'decisions.enabled=on'], 'data/decisions'],
  ])('with %j is in %j', (overrides, folder) => {
    const settings = settingsOf(...overrides);
    expect(decisionsFolder(settings)).toBe(folder);
    expect(decisionsRecord(settings, () => undefined) === null).toBe(folder === null);
  });

  it('is bounded by 64 MiB and two days unless it is said otherwise', () => {
    expect(settingsOf('store.type=memory').decisions).toStrictEqual({
      enabled: 'auto',
      folder: 'auto',
      maxBytes: 67_108_864,
      keep: 172_800_000,
    });
    expect(settingsOf('decisions.maxBytes=1.5GiB', 'decisions.keep=6h').decisions).toMatchObject({
      maxBytes: 1_610_612_736,
      keep: 21_600_000,
    });
  });

  it('has units in its settings', () => {
    expect(problemsOf('decisions.maxBytes=64')).toContain('a size with its unit, such as 64MiB');
    expect(problemsOf('decisions.maxBytes=1KiB')).toContain('at least 1MiB');
    expect(problemsOf('decisions.keep=48')).toContain('a duration with its unit');
    expect(problemsOf('decisions.enabled=yes')).toContain('one of auto, on, off');
  });
});
