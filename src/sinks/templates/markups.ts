import { isoTime } from '../words/times.js';

/*
 * How each kind of message marks up its text, and how text from outside loses its meaning there. Text comes in as one line of
 * plain text (words/plain.ts): no control characters, nothing invisible, no line breaks.
 */

export interface Markup {
  /** Takes the meaning out of a text: what is left shows as it was given. */
  readonly escape: (text: string) => string;
  /** Of an escaped text. */
  readonly bold: (escaped: string) => string;
  /** `address` is one of our own making (words/links.ts). */
  readonly link: (escaped: string, address: string) => string;
  /** A moment as its reader likes it: `3 minutes ago` where the service can. */
  readonly moment: (timeMs: number) => string;
}

const ZERO_WIDTH_SPACE = '\u200b';

/** `2026-08-06 12:15 UTC`. */
const momentText = (timeMs: number): string =>
  isoTime(timeMs)?.slice(0, 16).replace('T', ' ').concat(' UTC') ?? 'at a time unknown';

/** Whole seconds, as the services want them; `null` when it is no time. */
const seconds = (timeMs: number): number | null => (isoTime(timeMs) === null ? null : Math.trunc(timeMs / 1000));

/** Nobody is rung, and nothing from outside becomes a link: many clients make links of whatever looks like an address. */
const silent = (text: string): string => text.replaceAll('@', `@${ZERO_WIDTH_SPACE}`).replaceAll('://', `:${ZERO_WIDTH_SPACE}//`);

/**
 * Discord's markup, mentions, `<…>` tokens and bare links, everywhere and at the beginning of a line (discord-protocol.md §5).
 */
export const neutral = (text: string): string =>
  silent(
    text
      .replace(/[\\*_~|`[\]<>]/g, '\\$&')
      .replace(/^(?:#|-(?!\d))/, '\\$&')
      .replace(/^(\d+)\.(?=\s)/, '$1\\.'),
  );

const discord: Markup = {
  escape: neutral,
  bold: (escaped) => `**${escaped}**`,
  link: (escaped, address) => `[${escaped}](${address})`,
  moment: (timeMs) => {
    const at = seconds(timeMs);
    return at === null ? momentText(timeMs) : `<t:${at}:R>`;
  },
};

/** Fit for Telegram's `HTML` and for mail: text and attributes in double quotes. */
const htmlText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const html: Markup = {
  escape: (text) => htmlText(silent(text)),
  bold: (escaped) => `<b>${escaped}</b>`,
  link: (escaped, address) => `<a href="${htmlText(address)}">${escaped}</a>`,
  moment: momentText,
};

/** Slack knows no escape for its own marks: what would be one is shown by a sign that looks like it. */
const LOOKALIKES: Readonly<Record<string, string>> = { '*': '∗', '~': '∼', '`': 'ˋ', _: 'ˍ' };
/** An underscore inside a word means nothing: BTCUSDT_260925 keeps it. */
const SLACK_MARKS = /[*~`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;

const slackText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const slack: Markup = {
  escape: (text) => slackText(silent(text)).replace(SLACK_MARKS, (mark) => LOOKALIKES[mark] ?? mark),
  bold: (escaped) => `*${escaped}*`,
  link: (escaped, address) => `<${slackText(address).replaceAll('|', '%7C')}|${escaped}>`,
  moment: (timeMs) => {
    const at = seconds(timeMs);
    return at === null ? momentText(timeMs) : `<!date^${at}^{date_short_pretty} {time}|${momentText(timeMs)}>`;
  },
};

const plainly: Markup = {
  escape: (text) => text,
  bold: (escaped) => escaped,
  link: (escaped, address) => `${escaped}: ${address}`,
  moment: momentText,
};

/** By the kind of text a sink sends. `html` is Telegram's and that of mail. */
export const MARKUPS = { plain: plainly, discord, html, slack } as const satisfies Readonly<Record<string, Markup>>;
export type Escape = keyof typeof MARKUPS;
