import type { Alert } from '../../model/alert.js';
import type { MailMessage } from '../../ports/mail.js';
import type { Announcement, Posting } from '../../ports/sink.js';
import { MARKUPS } from '../templates/markups.js';
import type { Render } from '../templates/renderer.js';
import { eventId } from '../wire/event-id.js';
import { headline } from '../wire/headline.js';
import { cutTo, plain } from '../words/plain.js';

/** Longer ones are not shown whole anywhere, and a line of a mail's head may have 998 bytes. */
const SUBJECT_CODE_POINTS_MAX = 150;
const LINES_MAX = 200;
const LINE_CODE_POINTS_MAX = 500;
/** Symbols that the subject of several alerts names. */
const NAMED_MAX = 3;

export interface Paper {
  readonly sink: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly to: readonly string[];
  readonly text: Render;
  readonly html: Render;
}

/** What is written, without the time at which it is. */
export type Letter = Omit<MailMessage, 'atMs'>;

/** Of the sender's own domain, as it has to be; the same for every copy, so that a mailbox can tell them. */
const messageId = ({ sink, from }: Paper, ...of: readonly string[]): string =>
  `<${eventId(sink, ...of)}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`;

const subject = (text: string): string => cutTo(plain(text), SUBJECT_CODE_POINTS_MAX);

/** Lines as they are; HTML of our own making, nothing in it is loaded from anywhere. */
const page = (sections: readonly string[]): string =>
  [
    '<!doctype html><html><body>',
    ...sections.map((section) => `<div style="white-space:pre-wrap;font-family:sans-serif">${section}</div>`),
    '</body></html>',
  ].join('\n');

/** A further alert of an episode answers the one that opened it. */
const answered = (paper: Paper, { id, episode }: Alert): string | null =>
  episode === undefined || episode.role === 'opens' || episode.id === id ? null : messageId(paper, episode.id);

export const alertLetter = (paper: Paper, { alert, attempt }: Posting): Letter => ({
  from: paper.from,
  to: paper.to,
  subject: subject(`${headline(alert)}${attempt.mayRepeat ? ' (may be a repeat)' : ''}`),
  text: paper.text(alert, attempt),
  html: page([paper.html(alert, attempt)]),
  messageId: messageId(paper, alert.id),
  inReplyTo: answered(paper, alert),
});

const RULE = '-'.repeat(40);

export const alertsLetter = (paper: Paper, postings: readonly Posting[]): Letter => {
  const named = postings.slice(0, NAMED_MAX).map(({ alert }) => headline(alert).split(' · ')[0]);
  const more = postings.length > NAMED_MAX ? ` and ${postings.length - NAMED_MAX} more` : '';
  return {
    from: paper.from,
    to: paper.to,
    subject: subject(`${postings.length} alerts: ${named.join(', ')}${more}`),
    text: postings.map(({ alert, attempt }) => paper.text(alert, attempt)).join(`\n\n${RULE}\n\n`),
    html: page(postings.flatMap(({ alert, attempt }, at) => [...(at === 0 ? [] : ['<hr>']), paper.html(alert, attempt)])),
    messageId: messageId(paper, ...postings.map(({ alert }) => alert.id)),
    inReplyTo: null,
  };
};

/** `unique` makes it a message of its own even when the same was said before. */
export const announcementLetter = (paper: Paper, { title, lines }: Announcement, unique: string): Letter => {
  const said = [title, ...lines].slice(0, LINES_MAX).map((line) => cutTo(plain(line), LINE_CODE_POINTS_MAX));
  return {
    from: paper.from,
    to: paper.to,
    subject: subject(title),
    text: said.join('\n'),
    html: page([said.map((line) => MARKUPS.html.escape(line)).join('\n')]),
    messageId: messageId(paper, unique, title, ...lines),
    inReplyTo: null,
  };
};
