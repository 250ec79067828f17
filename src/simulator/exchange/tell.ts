import type { SimulatedSocketOut } from '../door.js';
import type { Client } from './channels.js';
import { combinedEvent } from './kline-text.js';
import type { Tally } from './log.js';
import type { Script } from './script.js';

/**
 * Tells one event to everyone who listens: each of the two texts is written once, however many they are. Gives how many frames
 * carried it.
 */
export const tell = (
  { script, tally }: { readonly script: Script; readonly tally: Tally },
  { clients, nameJson }: { readonly clients: ReadonlySet<Client>; readonly nameJson: string },
  event: string,
): number => {
  let raw: SimulatedSocketOut | undefined;
  let combined: SimulatedSocketOut | undefined;
  let told = 0;
  for (const client of clients) {
    if (client.hears === 'control' || client.hears === 'nothing' || script.loses()) continue;
    if (client.hears === 'echo') {
      if (client.last === null) continue;
      tally.fault('repeatLastFrame');
      tally.framesSent++;
      client.send(client.last);
      continue;
    }
    const out = client.combined
      ? (combined ??= { kind: 'frame', text: combinedEvent(nameJson, event) })
      : (raw ??= { kind: 'frame', text: event });
    told++;
    tally.framesSent++;
    client.last = out;
    client.send(out);
  }
  return told;
};
