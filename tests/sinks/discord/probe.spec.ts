import { toArray } from 'rxjs';
import type { Check } from '../../../src/ports/check.js';
import { describe, expect, it } from 'vitest';
import { ID, TOKEN, virtualWorld } from './world.js';

const visit = (world: ReturnType<typeof virtualWorld>, send: boolean): readonly Check[] => {
  let found: readonly Check[] | null = null;
  world.sink
    .probe?.(send)
    .pipe(toArray())
    .subscribe((checks) => (found = checks));
  world.clock.advanceTo(world.clock.now() + 30_000);
  if (found === null) throw new Error('it has not completed');
  expect(JSON.stringify(found)).not.toMatch(new RegExp(`${ID}|${TOKEN}`));
  return found;
};

describe('the probe of the Discord sink', () => {
  it('asks the webhook for itself and posts nothing', () => {
    const world = virtualWorld();
    expect(visit(world, false)).toMatchObject([{ name: 'webhook', outcome: 'fine' }]);
    expect([world.world.saved(), world.world.log().map(({ method }) => method)]).toEqual([[], ['GET']]);
  });

  it('posts one message that says that it is a test when it is told to', () => {
    const world = virtualWorld();
    expect(visit(world, true).map(({ name, outcome }) => [name, outcome])).toEqual([
      ['webhook', 'fine'],
      ['test message', 'fine'],
    ]);
    expect(world.world.saved().map(({ body }) => body['content'])).toEqual([expect.stringContaining('This is a test')]);
  });

  it('posts nothing when the webhook is gone, and says what would help', () => {
    const world = virtualWorld();
    world.world.script.removeWebhook(ID);
    expect(visit(world, true)).toMatchObject([
      {
        name: 'webhook',
        outcome: 'failed',
        detail: 'Discord answers 404: Unknown Webhook, code 10015',
        cure: expect.stringContaining('make a new one') as string,
      },
    ]);
    expect(world.world.saved()).toEqual([]);
  });
});
