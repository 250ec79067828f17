import { codePoints, cutTo } from '../words/plain.js';

/*
 * Discord's limits, in Unicode code points after trimming, inclusive (discord-protocol.md §3.3). One text too long and the
 * whole message is refused, so everything is cut here, last, whatever came before.
 * https://docs.discord.com/developers/resources/message#embed-object-embed-limits
 */
export const DISCORD_TITLE_MAX = 256;
export const DISCORD_DESCRIPTION_MAX = 4096;
export const DISCORD_FIELDS_MAX = 25;
export const DISCORD_FIELD_NAME_MAX = 256;
export const DISCORD_FIELD_VALUE_MAX = 1024;
export const DISCORD_FOOTER_MAX = 2048;
export const DISCORD_USERNAME_MAX = 80;
/** Title, description, field names and values and footer of all embeds of a message together. */
export const DISCORD_EMBEDS_MAX = 6000;

export interface EmbedField {
  readonly name: string;
  readonly value: string;
  readonly inline: boolean;
}

export interface Embed {
  readonly title?: string;
  readonly description: string;
  readonly color: number;
  readonly fields: readonly EmbedField[];
  readonly footer: { readonly text: string };
  readonly timestamp?: string;
  readonly image?: { readonly url: string };
}

/** Stands for an empty text, which Discord refuses. */
const ZERO_WIDTH_SPACE = '\u200b';

/** What a cut leaves of a token, a link or a mention: unfinished it shows its own signs, or leads somewhere else. */
const UNFINISHED = /(?<!\\)((?:\\\\)*)(?:<[^<>]*|\[(?:\\.|[^\]\\])*(?:\]\([^()]*)?|@|\\)…$/;

/** Cuts marked-up text, between its marks. */
const cutMarkup = (text: string, max: number): string => {
  const whole = text.trim();
  const cut = cutTo(whole, max).trim();
  return (cut === whole ? whole : cut.replace(UNFINISHED, '$1…')) || ZERO_WIDTH_SPACE;
};

/** The characters of an embed that count towards the budget. */
export const embedSize = ({ title = '', description, fields, footer }: Embed): number =>
  [title, description, footer.text, ...fields.flatMap(({ name, value }) => [name, value])].reduce(
    (sum, text) => sum + codePoints(text.trim()),
    0,
  );

/**
 * The embed with every part within its limit and the whole within `budget`, of which title and footer may have a third each;
 * fields that find no room are left out.
 */
export const fitEmbed = (embed: Embed, budget = DISCORD_EMBEDS_MAX): { readonly embed: Embed; readonly shortened: boolean } => {
  const third = Math.floor(budget / 3);
  const title = embed.title === undefined ? undefined : cutMarkup(embed.title, Math.min(DISCORD_TITLE_MAX, third));
  const footer = cutMarkup(embed.footer.text, Math.min(DISCORD_FOOTER_MAX, third));
  let room = budget - codePoints(title ?? '') - codePoints(footer);
  const description = cutMarkup(embed.description, Math.min(DISCORD_DESCRIPTION_MAX, room));
  room -= codePoints(description);

  const fields: EmbedField[] = [];
  for (const field of embed.fields.slice(0, DISCORD_FIELDS_MAX)) {
    const name = cutMarkup(field.name, DISCORD_FIELD_NAME_MAX);
    const value = cutMarkup(field.value, DISCORD_FIELD_VALUE_MAX);
    const size = codePoints(name) + codePoints(value);
    if (size > room) break;
    room -= size;
    fields.push({ ...field, name, value });
  }
  const fitted = { ...embed, ...(title === undefined ? {} : { title }), description, fields, footer: { text: footer } };
  return { embed: fitted, shortened: isShorter(fitted, embed) };
};

const isCut = (fitted: string, whole: string): boolean => fitted !== (whole.trim() || ZERO_WIDTH_SPACE);

const isShorter = (fitted: Embed, whole: Embed): boolean =>
  fitted.fields.length < whole.fields.length ||
  (fitted.title !== undefined && isCut(fitted.title, whole.title ?? '')) ||
  isCut(fitted.description, whole.description) ||
  isCut(fitted.footer.text, whole.footer.text) ||
  fitted.fields.some(
    ({ name, value }, at) => isCut(name, whole.fields[at]?.name ?? '') || isCut(value, whole.fields[at]?.value ?? ''),
  );
