import { expect, it } from 'vitest';
import { memory } from '../../src/stores/memory.js';
import { createCrashFiles } from '../support/crash-files.js';
import { storeContract } from './contract.js';
import { alertOf, claimOf, contextOf, open, START } from './support.js';

const create = () => memory.create({}, contextOf(createCrashFiles().files));

storeContract('memory', { create });

it('answers at once, so that a replay never waits', () => {
  const store = create();
  let epoch = 0;
  let isDone = false;
  store.open().subscribe((told) => (epoch = told.epoch));
  store.claim(claimOf(epoch, START, [alertOf('A', START)])).subscribe({ complete: () => (isDone = true) });
  expect({ epoch, isDone }).toEqual({ epoch: 1, isDone: true });
});

it('knows nothing of another one', async () => {
  await open(create());
  expect((await open(create())).fresh).toBe(true);
});
