import type { Announcement, Posting } from '../../ports/sink.js';
import { MARKUPS } from '../templates/markups.js';
import type { Render } from '../templates/renderer.js';
import { headline } from '../wire/headline.js';
import { cutTo, plain } from '../words/plain.js';

/*
 * Slack's limits (https://docs.slack.dev/reference/block-kit/blocks): a message with one text too long is refused whole. What it
 * counts as a character is not told; UTF-16 units are never fewer than anything else it could be.
 */
export const SLACK_SECTION_MAX = 3_000;
/** Alerts that one message may tell, each in a section of its own. */
export const SLACK_BATCH_MAX = 10;

const FALLBACK_CODE_POINTS_MAX = 300;
const TITLE_MAX = 200;
const LINE_MAX = 300;

interface Section {
  readonly type: 'section';
  readonly text: { readonly type: 'mrkdwn'; readonly text: string };
  readonly expand: true;
}

export interface Message {
  /** Shown in notifications, and by clients that show no blocks. */
  readonly text: string;
  readonly blocks: readonly Section[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

const { escape, bold } = MARKUPS.slack;

/** As much of the fallback as fits; it is plain text, in which Slack still looks for `<…>`. */
const fallback = (text: string): string => escape(cutTo(plain(text), FALLBACK_CODE_POINTS_MAX));

const section = (text: string): Section => ({ type: 'section', text: { type: 'mrkdwn', text }, expand: true });

const messageOf = (text: string, sections: readonly string[]): Message => ({
  text: fallback(text),
  blocks: sections.map(section),
  unfurl_links: false,
  unfurl_media: false,
});

/** Renders within a section: `roomy` counts code points, so `cautious` is for texts in which many count twice. */
export interface SlackRender {
  readonly roomy: Render;
  readonly cautious: Render;
}

const sectionOf = ({ roomy, cautious }: SlackRender, { alert, attempt }: Posting): string => {
  const text = roomy(alert, attempt);
  return text.length <= SLACK_SECTION_MAX ? text : cautious(alert, attempt);
};

export const alertMessage = (render: SlackRender, posting: Posting): Message =>
  messageOf(headline(posting.alert), [sectionOf(render, posting)]);

export const alertsMessage = (render: SlackRender, postings: readonly Posting[]): Message =>
  messageOf(
    `${postings.length} alerts: ${postings.map(({ alert }) => headline(alert).split(' · ')[0]).join(', ')}`,
    postings.map((posting) => `${sectionOf(render, posting)}\nid ${escape(plain(posting.alert.id))}`),
  );

export const announcementMessage = ({ title, lines }: Announcement): Message => {
  const head = bold(escape(cutTo(plain(title), TITLE_MAX)));
  let said = head;
  for (const line of lines) {
    const longer = `${said}\n${escape(cutTo(plain(line), LINE_MAX))}`;
    if (longer.length > SLACK_SECTION_MAX) break;
    said = longer;
  }
  return messageOf(title, [said]);
};
