import type { Alert } from '../../model/alert.js';
import type { Episode } from '../../model/episode.js';
import type { Announcement, Attempt, Posting } from '../../ports/sink.js';
import { MARKUPS } from '../templates/markups.js';
import type { Render, RendererOptions } from '../templates/renderer.js';
import { renderer } from '../templates/renderer.js';
import { cutTo, plain } from '../words/plain.js';

/**
 * Telegram takes 4096 characters after the markup is read. Whether it counts code points or UTF-16 units is not told, so it is the
 * units that are kept within: there are never fewer.
 */
export const TELEGRAM_TEXT_MAX = 4_096;
/** As long as every code point might be two units. */
const CAUTIOUS_MAX = TELEGRAM_TEXT_MAX / 2;

/** Alerts that one message may tell, each within this many code points with its markup: eight of them are within 4096 units. */
export const TELEGRAM_BATCH_MAX = 8;
const BATCHED_MAX = 400;

const TITLE_MAX = 200;
const LINE_MAX = 300;

/** A message in the two forms in which it can be sent: with markup, and bare where that is refused. */
export interface Text {
  readonly html: string;
  readonly bare: string;
}

export interface Texts {
  alert(alert: Alert, attempt: Attempt, episode?: Episode): Text;
  alerts(postings: readonly Posting[]): Text;
  announcement(announcement: Announcement): Text;
}

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };

/** What is left of our own markup when it has been read. */
export const visible = (html: string): string =>
  html.replace(/<[^>]*>/g, '').replace(/&(?:amp|lt|gt|quot);/g, (entity) => ENTITIES[entity] ?? entity);

const fits = (html: string): boolean => visible(html).length <= TELEGRAM_TEXT_MAX;

type Style = Pick<RendererOptions, 'template' | 'fields'>;

/** Renders within the limit: roomy at first, cautious where there are many characters that count twice. */
const fitting = (style: Style, escape: 'html' | 'plain'): Render => {
  const roomy = renderer({ ...style, escape, max: TELEGRAM_TEXT_MAX });
  const cautious = renderer({ ...style, escape, max: CAUTIOUS_MAX });
  return (...told) => {
    const text = roomy(...told);
    return (escape === 'html' ? fits(text) : text.length <= TELEGRAM_TEXT_MAX) ? text : cautious(...told);
  };
};

const joined = (lines: readonly string[]): string => {
  const kept = [...lines];
  while (kept.length > 1 && !fits(kept.join('\n'))) kept.pop();
  return kept.join('\n');
};

export const textsOf = (style: Style): Texts => {
  const [html, bare] = [fitting(style, 'html'), fitting(style, 'plain')];
  const brief = (escape: 'html' | 'plain'): Render => renderer({ template: 'compact', escape, max: BATCHED_MAX });
  const [briefHtml, briefBare] = [brief('html'), brief('plain')];
  const batched = (render: Render, postings: readonly Posting[]): string =>
    postings.map(({ alert, attempt }) => `${render(alert, attempt)}\nid ${alert.id}`).join('\n\n');
  return {
    alert: (...told) => ({ html: html(...told), bare: bare(...told) }),
    alerts: (postings) => ({ html: batched(briefHtml, postings), bare: batched(briefBare, postings) }),
    announcement: ({ title, lines }) => {
      const { escape, bold } = MARKUPS.html;
      const [head, ...rest] = [cutTo(plain(title), TITLE_MAX), ...lines.map((line) => cutTo(plain(line), LINE_MAX))];
      return {
        html: joined([bold(escape(head ?? '')), ...rest.map(escape)]),
        bare: joined([head ?? '', ...rest]),
      };
    },
  };
};
