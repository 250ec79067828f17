import { z } from 'zod';
import type { Posting } from '../../ports/sink.js';
import { flawIn } from '../templates/check.js';
import { renderer } from '../templates/renderer.js';
import { cutTo, plain } from '../words/plain.js';
import type { Place } from './address.js';
import { isThreadId } from './address.js';

/*
 * Where in a channel messages go. A forum wants every message in a thread: in one that is there (`thread`), or in one that the
 * message opens (`threadName`); other channels take `thread` or neither (discord-protocol.md §3.2).
 */
export const DISCORD_THREAD_NAME_MAX = 100;

export const threadShape = {
  thread: z
    .string({ error: 'the id of a thread in quotes, such as "1300000000000000001"' })
    .refine(isThreadId, { error: 'the id of a thread: 17 to 20 digits' })
    .optional()
    .describe('Id of the thread to post into, in quotes: YAML would round the number.'),
  threadName: z
    .string()
    .refine((text) => flawIn(text, 'plain') === null, {
      error: 'the text of a template, such as "{{ arrow }} {{ symbol }} {{ change }}"',
    })
    .optional()
    .describe(
      'Of a forum: each message opens a thread of this name, a template such as "{{ arrow }} {{ symbol }} {{ change }}".',
    ),
};

export interface ThreadSettings {
  readonly thread?: string | undefined;
  readonly threadName?: string | undefined;
}

export const placeOf = ({ thread, threadName }: ThreadSettings): Place => ({ thread, ownThread: threadName !== undefined });

const fit = (name: string): string => cutTo(plain(name), DISCORD_THREAD_NAME_MAX);

/** What of the body names the thread that a message opens: its first alert, or `title` where it tells none. */
export const threadNamer = ({ threadName }: ThreadSettings) => {
  const render = threadName === undefined ? null : renderer({ template: threadName, escape: 'plain' });
  return (postings: readonly Posting[], title: string): { readonly thread_name?: string } => {
    if (render === null) return {};
    const [first] = postings;
    if (first === undefined) return { thread_name: fit(title) };
    const name = render(first.alert, first.attempt).split('\n').join(' · ');
    const more = postings.length > 1 ? ` and ${postings.length - 1} more` : '';
    return { thread_name: `${cutTo(plain(name), DISCORD_THREAD_NAME_MAX - more.length)}${more}` };
  };
};
