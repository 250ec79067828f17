import type { Announcement, Posting } from '../../ports/sink.js';
import { cutTo, plain } from '../words/plain.js';
import type { Embed } from './limits.js';
import { DISCORD_EMBEDS_MAX, embedSize, fitEmbed } from './limits.js';
import type { Message } from './message.js';
import type { Style } from './card.js';
import { compose, neutral } from './message.js';

/** Embeds that one message may hold (discord-protocol.md §3.2). */
export const DISCORD_EMBEDS_PER_MESSAGE = 10;

const COLOR_NOTE = 0x95_a5_a6;
const LINE_CODE_POINTS_MAX = 200;
const LINES_MAX = 15;

/** The body of a message with any number of embeds. */
export interface GroupMessage extends Omit<Message, 'embeds'> {
  readonly embeds: readonly Embed[];
}

/**
 * How much of the budget each may have: an equal share of what those that need less leave over, so that ten usual alerts lose their
 * last lines and none its first.
 */
export const sharesOf = (sizes: readonly number[], budget: number): readonly number[] => {
  const shares = new Map<number, number>();
  let left = budget;
  const smallestFirst = sizes.map((size, at) => ({ size, at })).sort((a, b) => a.size - b.size);
  for (const [done, { size, at }] of smallestFirst.entries()) {
    const share = Math.min(size, Math.floor(left / (sizes.length - done)));
    shares.set(at, share);
    left -= share;
  }
  return sizes.map((_, at) => shares.get(at) ?? 0);
};

const named = (username: string | null): { readonly username?: string } => (username === null ? {} : { username });

/** One message that tells several alerts, each in an embed of its own, all of them within the budget that they share. */
export const composeBatch = (postings: readonly Posting[], username: string | null, style: Style = {}): GroupMessage => {
  const embeds = postings.map(({ alert, attempt }) => compose(alert, attempt, username, style).message.embeds[0]);
  const shares = sharesOf(embeds.map(embedSize), DISCORD_EMBEDS_MAX);
  return {
    ...named(username),
    allowed_mentions: { parse: [] },
    embeds: embeds.map((embed, at) => fitEmbed(embed, shares[at] ?? 0).embed),
  };
};

/** The message that says something that is no alert. */
export const composeAnnouncement = ({ title, lines }: Announcement, username: string | null): GroupMessage => {
  const text = (line: string): string => neutral(cutTo(plain(line), LINE_CODE_POINTS_MAX));
  const shown = lines.slice(0, LINES_MAX).map(text);
  const more = lines.length - shown.length;
  const embed: Embed = {
    title: text(title),
    description: [...shown, ...(more > 0 ? [`and ${more} more lines`] : [])].join('\n'),
    color: COLOR_NOTE,
    fields: [],
    footer: { text: 'no alert' },
  };
  return { ...named(username), allowed_mentions: { parse: [] }, embeds: [fitEmbed(embed).embed] };
};
