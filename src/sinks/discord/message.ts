import type { Alert } from '../../model/alert.js';
import type { Episode } from '../../model/episode.js';
import type { Attempt } from '../../ports/sink.js';
import { tell } from '../words/words.js';
import type { Style, Subject } from './card.js';
import { cardOf } from './card.js';
import type { Embed } from './limits.js';
import { fitEmbed } from './limits.js';

export type { Style } from './card.js';
export { neutral } from '../templates/markups.js';

/** The body of one request. Classic embeds: text in them notifies nobody, and they need nothing of the address. */
export interface Message {
  readonly username?: string;
  /** Empty for good: without it a webhook lets `<@id>` ring somebody (discord-protocol.md §5). */
  readonly allowed_mentions: { readonly parse: readonly [] };
  readonly embeds: readonly [Embed];
}

/** A message, and whether the limits took something of what it had to say. */
export interface Composed {
  readonly message: Message;
  readonly shortened: boolean;
}

const isNameCut = ({ alert, attempt }: Subject): boolean => tell(alert, attempt).shortened;

const messageOf = (username: string | null, embeds: Message['embeds']): Message => ({
  ...(username === null ? {} : { username }),
  allowed_mentions: { parse: [] },
  embeds,
});

const composeOne = (subject: Subject, username: string | null, style: Style): Composed => {
  const { embed, shortened } = fitEmbed(cardOf(subject, style));
  return { message: messageOf(username, [embed]), shortened: shortened || isNameCut(subject) };
};

/** The message that tells an alert, within every limit whatever the alert holds. `username: null` leaves the webhook's own name. */
export const compose = (alert: Alert, attempt: Attempt, username: string | null, style: Style = {}): Composed =>
  composeOne({ alert, attempt }, username, style);

const FIRST_COPY: Attempt = { number: 1, mayRepeat: false };

/** What is known of the message that an episode has; without it the episode is told as by a first copy without a picture. */
export interface Delivered {
  readonly attempt?: Attempt;
  /** Address of the picture that the message holds: an edit that does not name it would leave it loose below the embed. */
  readonly image?: string;
}

/** What the message of an episode says now: the alert that opened it, and how it went on. */
export const composeEpisode = (
  episode: Episode,
  style: Style = {},
  { attempt = FIRST_COPY, image }: Delivered = {},
): Composed => {
  const { message, shortened } = composeOne({ alert: episode.opened, attempt, episode }, null, style);
  const [embed] = message.embeds;
  return { message: image === undefined ? message : { ...message, embeds: [{ ...embed, image: { url: image } }] }, shortened };
};
