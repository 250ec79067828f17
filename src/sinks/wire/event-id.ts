import { createHash } from 'node:crypto';

const HASH_CHARACTERS = 22;

/**
 * The name of a message, the same for every attempt to send it: what a receiver, or a mailbox, knows a copy by. Two sinks that
 * write to one receiver tell it two messages. Letters, digits, `_`, `-` and `~` alone: a full stop would end it within a signed text.
 */
export const eventId = (sink: string, ...of: readonly string[]): string => {
  const [one = ''] = of;
  const isName = of.length === 1 && /^[\w~-]{1,64}$/.test(one);
  const what = isName ? one : createHash('sha256').update(of.join('\n')).digest('base64url').slice(0, HASH_CHARACTERS);
  return `${what}_${sink.replaceAll('.', '~')}`;
};
