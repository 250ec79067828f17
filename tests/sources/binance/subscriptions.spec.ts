import { describe, expect, it } from 'vitest';
import { createSubscriptions } from '../../../src/sources/binance/subscriptions.js';

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `s${i}@kline_1m`);

const world = () => {
  const failures: string[] = [];
  const gaveUp: string[] = [];
  const subscriptions = createSubscriptions({
    failed: ({ method, names: { length } }, why) => failures.push(`${method} ${length}: ${why}`),
    gaveUp: (name) => gaveUp.push(name),
  });
  /** Everything there is to say now, answered by `answer`. */
  const say = (answer: (asked: readonly string[]) => string | null = () => null): readonly string[] => {
    const said: string[] = [];
    for (let message = subscriptions.next(); message !== null; message = subscriptions.next()) {
      said.push(`${message.method} ${message.names.length === 1 ? message.names[0] : message.names.length}`);
      subscriptions.answered(message.id, answer(message.names));
    }
    return said;
  };
  return { ...subscriptions, failures, gaveUp, say };
};

describe('subscriptions', () => {
  it('ask for what is new and give up what has gone, in messages of at most 150 names', () => {
    const { want, say, isSettled } = world();
    want(names(200));
    expect(isSettled()).toBe(false);
    expect(say()).toEqual(['SUBSCRIBE 150', 'SUBSCRIBE 50']);
    want([...names(199), 'new@kline_1m']);
    expect(say()).toEqual(['UNSUBSCRIBE s199@kline_1m', 'SUBSCRIBE new@kline_1m']);
    want([...names(199), 'new@kline_1m']);
    expect([say(), isSettled()]).toEqual([[], true]);
  });

  it('subscribe a stream again when it is told to, if it is theirs', () => {
    const { want, again, say } = world();
    want(names(3));
    say();
    again(['s1@kline_1m', 'other@kline_1m']);
    expect(say()).toEqual(['UNSUBSCRIBE s1@kline_1m', 'SUBSCRIBE s1@kline_1m']);
  });

  it('F26: try a request that is refused three times, find the name that spoils it, and carry on with the rest', () => {
    const { want, say, failures, gaveUp, isSettled } = world();
    const carried = new Set<string>();
    want(names(150));
    const said = say((asked) => {
      if (asked.includes('s97@kline_1m')) return '2 Invalid request';
      asked.forEach((name) => carried.add(name));
      return null;
    });
    expect(said.slice(0, 5)).toEqual(['SUBSCRIBE 150', 'SUBSCRIBE 150', 'SUBSCRIBE 150', 'SUBSCRIBE 75', 'SUBSCRIBE 75']);
    expect([gaveUp, carried.size, isSettled()]).toEqual([['s97@kline_1m'], 149, true]);
    expect(said.length).toBeLessThan(30);
    expect(failures[0]).toBe('SUBSCRIBE 150: 2 Invalid request');
  });

  it('F26: try a request again that was not answered, and take an answer to another for none', () => {
    const { want, next, answered, pulse, failures, isSettled } = world();
    want(names(2));
    const first = next();
    expect(next()).toBeNull();
    expect([answered(77, null), answered(null, '2 Invalid request')]).toEqual([false, false]);
    for (let i = 0; i < 2; i++) pulse();
    expect(next()).toBeNull();
    pulse();
    const second = next();
    expect([first?.id, second?.id, second?.names, failures]).toEqual([1, 2, names(2), ['SUBSCRIBE 2: no answer']]);
    // The late answer to the first is to nothing that is still open.
    expect([answered(1, null), isSettled()]).toEqual([false, false]);
    expect([answered(2, null), isSettled()]).toEqual([true, true]);
  });

  it('say when they are never heard, and do not take names apart for it', () => {
    const { want, next, pulse, isUnheard, gaveUp } = world();
    want(names(10));
    let said = 0;
    for (let i = 0; i < 30; i++) {
      while (next() !== null) said++;
      pulse();
    }
    expect([said, isUnheard(), gaveUp]).toEqual([3, true, []]);
  });

  it('do not ask again for what is not wanted any more', () => {
    const { want, next, answered, say } = world();
    want(names(3));
    const id = next()?.id ?? 0;
    want(names(1));
    answered(id, '2 Invalid request');
    expect(say()).toEqual(['UNSUBSCRIBE 2', 'SUBSCRIBE s0@kline_1m']);
  });
});
