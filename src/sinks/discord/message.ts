import { decisionTimeMs } from '../../model/bar.js';
import type { Alert } from '../../model/alert.js';
import type { Attempt } from '../../ports/sink.js';
import type { Fact } from '../words/words.js';
import { isoTime, tell } from '../words/words.js';
import type { Embed, EmbedField } from './limits.js';
import { fitEmbed } from './limits.js';

const COLOR_UP = 0x2e_cc_71;
const COLOR_DOWN = 0x99_2d_22;

/** The body of one request. Classic embeds: text in them notifies nobody, and they need nothing of the address. */
export interface Message {
  readonly username?: string;
  /** Empty for good: without it a webhook lets `<@id>` ring somebody (discord-protocol.md §5). */
  readonly allowed_mentions: { readonly parse: readonly [] };
  readonly embeds: readonly [Embed];
}

const ZERO_WIDTH_SPACE = '\u200b';

/**
 * Takes the meaning out of text from outside: Discord's markup, mentions, `<…>` tokens and bare links, everywhere and at the
 * beginning of a line. Control characters are gone already (words/plain.ts).
 */
export const neutral = (text: string): string =>
  text
    .replace(/[\\*_~|`[\]<>]/g, '\\$&')
    .replace(/^[#-]/, '\\$&')
    .replace(/^(\d+)\./, '$1\\.')
    .replaceAll('@', `@${ZERO_WIDTH_SPACE}`)
    .replaceAll('://', `:${ZERO_WIDTH_SPACE}//`);

const fieldOf = ({ label, value, need }: Fact): EmbedField => ({
  name: neutral(label),
  value: need === null ? value : `**${value}**\n${need}`,
  inline: true,
});

/** `3 minutes ago` in the reader's own zone; Discord wants whole seconds. */
const relativeTime = (timeMs: number): string =>
  isoTime(timeMs) === null ? 'at a time unknown' : `<t:${Math.trunc(timeMs / 1000)}:R>`;

const embedOf = (alert: Alert, attempt: Attempt): { readonly embed: Embed; readonly shortened: boolean } => {
  const told = tell(alert, attempt);
  const closedAtMs = decisionTimeMs(alert);
  const timestamp = isoTime(closedAtMs);
  const embed: Embed = {
    title: `${told.grade === null ? '' : `${told.grade.word} `}${told.arrow} ${neutral(told.symbol)}  ${told.change}`,
    description: [
      ...(told.grade === null ? [] : [`**${told.grade.word}**: ${told.grade.sentence}`]),
      `${told.series} · ${told.grade?.word === 'EARLY' ? 'closes' : 'closed'} ${relativeTime(closedAtMs)}`,
      `**${told.close}** from ${told.open}`,
      ...(told.repeat === null ? [] : [`⚠️ **${told.repeat}**`]),
    ].join('\n'),
    color: alert.direction === 'up' ? COLOR_UP : COLOR_DOWN,
    fields: [
      ...told.unusual.map(fieldOf),
      { name: 'bar', value: `${told.time}\nvolume ${told.volume}`, inline: false },
      { name: 'data', value: told.data.join('\n'), inline: false },
    ],
    footer: { text: `id ${told.id} · attempt ${attempt.number}${told.repeat === null ? '' : ' · may be a repeat'}` },
    ...(timestamp === null ? {} : { timestamp }),
  };
  const fitted = fitEmbed(embed);
  return { embed: fitted.embed, shortened: fitted.shortened || told.shortened };
};

/** The message that tells an alert, within every limit whatever the alert holds. `username: null` leaves the webhook's own name. */
export const compose = (
  alert: Alert,
  attempt: Attempt,
  username: string | null,
): { readonly message: Message; readonly shortened: boolean } => {
  const { embed, shortened } = embedOf(alert, attempt);
  return {
    message: { ...(username === null ? {} : { username }), allowed_mentions: { parse: [] }, embeds: [embed] },
    shortened,
  };
};

/** The message under the webhook's own name. */
export const unnamed = ({ allowed_mentions, embeds }: Message): Message => ({ allowed_mentions, embeds });
