import { lastValueFrom } from 'rxjs';
import { createFiles } from '../../src/runtime/files.js';
import { lowdb } from '../../src/stores/lowdb.js';
import { alertOf, claimOf, contextOf, MINUTE, open, rowFor, run, START } from './support.js';

// A process that opens the store in the folder it is given and writes as fast as it can, saying what was acknowledged.
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const [path = '', first = '0'] = process.argv.slice(2);
const store = lowdb.create({ path }, contextOf(createFiles()));
try {
  const { epoch } = await open(store);
  say(`open ${epoch}`);
  for (let i = Number(first); ; i++) {
    const alert = alertOf(`S${i}`, START + i * MINUTE);
    await run(store.claim(claimOf(epoch, START + i * MINUTE, [alert])));
    say(`claimed ${i}`);
    await run(store.transition({ epoch, from: 'claimed', to: { ...rowFor(alert), state: 'sending' } }));
    say(`sending ${i}`);
    await run(store.transition({ epoch, from: 'sending', to: { ...rowFor(alert), state: 'delivered' } }));
    say(`delivered ${i}`);
  }
} catch (error) {
  say(`failed ${JSON.stringify(error)}`);
  await lastValueFrom(store.close(), { defaultValue: undefined });
}
