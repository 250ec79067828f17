import { decisionTimeMs } from '../../model/bar.js';
import type { Alert } from '../../model/alert.js';
import type { Episode } from '../../model/episode.js';
import { strengthText } from '../../model/strength.js';
import type { Attempt } from '../../ports/sink.js';
import { MARKUPS, neutral } from '../templates/markups.js';
import type { Render } from '../templates/renderer.js';
import { renderer } from '../templates/renderer.js';
import type { EpisodeLine, ToldEpisode } from '../words/episodes.js';
import { tellEpisode } from '../words/episodes.js';
import type { Fact } from '../words/facts.js';
import type { Group } from '../words/groups.js';
import { factText, groupsOf } from '../words/groups.js';
import { cutTo, NAME_CODE_POINTS_MAX, plain } from '../words/plain.js';
import { isoTime } from '../words/times.js';
import type { Topic } from '../words/topics.js';
import type { Told } from '../words/words.js';
import { tell } from '../words/words.js';
import type { Embed, EmbedField } from './limits.js';

const COLOR_UP = 0x2e_cc_71;
const COLOR_DOWN = 0xe7_4c_3c;

/** How a sink wants its alerts told: as a card with these fields, or in the words of a template. */
export interface Style {
  readonly fields?: readonly Topic[] | undefined;
  /** Made with `escape: 'discord'`; it takes the place of everything but the footer. */
  readonly render?: Render | undefined;
}

/** The style that a sink's options ask for (`templateShape`). */
export const styleOf = (given: {
  readonly template?: string | undefined;
  readonly fields?: readonly Topic[] | undefined;
}): Style => ({
  fields: given.fields,
  render:
    given.template === undefined ? undefined : renderer({ template: given.template, fields: given.fields, escape: 'discord' }),
});

/** What one embed is made of. */
export interface Subject {
  readonly alert: Alert;
  readonly attempt: Attempt;
  readonly episode?: Episode | undefined;
}

const { moment, link } = MARKUPS.discord;
const bold = (text: string): string => `**${neutral(text)}**`;

const STEPS = 10;
/** `▰▰▰▰▰▰▰▱▱▱`: the whole steps of the number that stands beside it. */
const meter = (strength: number): string => {
  const full = Math.max(0, Math.min(STEPS, Math.floor(Number(strengthText(strength)))));
  return '▰'.repeat(full) + '▱'.repeat(STEPS - full);
};

const strengthLine = ({ strength }: Alert, episode: ToldEpisode | null): readonly string[] => {
  const value = episode?.strength ?? strength?.value ?? null;
  if (value !== null && Number.isFinite(value)) return [`${meter(value)}  **${strengthText(value)} of 10** unusual`];
  return strength === undefined ? [] : ['strength n/a (too little is known)'];
};

const priceLine = ({ kind }: Alert, { close, open }: Told): string =>
  `${kind === 'market' ? 'index ' : ''}${open} → **${close}**`;

const whenLine = (alert: Alert, { series, grade, chart }: Told): string => {
  const verb = grade?.word === 'EARLY' ? 'closes' : 'closed';
  return `${series} · ${verb} ${moment(decisionTimeMs(alert))}${chart === null ? '' : ` · ${link('chart', chart)}`}`;
};

const dataLine = ({ doubts }: Told): string => {
  if (doubts.length === 0) return '✅ nothing doubtful in the data';
  return `⚠️ ${doubts.map(neutral).join(' · ')}`;
};

const title = ({ grade, arrow, symbol, change }: Told, episode: ToldEpisode | null): string => {
  const grown = episode === null || episode.change === change ? change : `${change} → ${episode.change}`;
  return `${grade === null ? '' : `${grade.word} `}${arrow} ${neutral(symbol)}  ${grown}`;
};

/** What an escalation belongs to, with the way to it where that is known. */
const belongingLine = ({ escalates }: Attempt): readonly string[] => {
  if (escalates === undefined) return [];
  const { episode, link: address } = escalates;
  const first = address === undefined ? 'the move' : link('the move', address);
  return [`⏫ a further step of ${first} first told ${moment(episode.opened.decisionTimeMs)}`];
};

const description = (alert: Alert, attempt: Attempt, told: Told, episode: ToldEpisode | null): string =>
  [
    ...(told.grade === null ? [] : [`**${told.grade.word}**: ${told.grade.sentence}`]),
    ...belongingLine(attempt),
    ...(told.repeat === null ? [] : [`⚠️ ${bold(told.repeat)}`]),
    ...strengthLine(alert, episode),
    priceLine(alert, told),
    whenLine(alert, told),
    dataLine(told),
  ].join('\n');

/** Fields that take a row of their own; the others stand side by side, three in a row. */
const WIDE: ReadonlySet<Topic> = new Set(['strength', 'peers', 'leaders', 'escalation', 'bar', 'data', 'other']);

/** What a value begins with, when that is a number: `above 98.4%`, `-1.93 ATR`. */
const NUMBER = /^(?:(?:above|below) )?[+-]?\d[\d.,]*[^\s,]*(?: (?:ATR|σ|bp|quote\/h|symbols?))?(?![^\s,])/;

/** The first thing that is said of a topic: its number is what is read from afar. */
const leadText = ({ aside, value, need, label }: Fact): string => {
  if (value.startsWith('n/a')) return neutral(label === '' ? value : `${label}: ${value}`);
  const strong = NUMBER.exec(value)?.[0] ?? value;
  const rest = [value.slice(strong.length).trim(), aside].filter((text) => text !== '').map(neutral);
  return [[bold(strong), ...rest].join(' '), ...(need === null ? [] : [neutral(need)])].join('\n');
};

const lineText = (fact: Fact): string => neutral(factText(fact));

const fieldOf = (group: Group): EmbedField => {
  const { topic, title, facts } = group;
  const [lead, ...others] = facts;
  const name = neutral(title);
  if (!WIDE.has(topic)) return { name, value: [leadText(lead), ...others.map(lineText)].join('\n'), inline: true };
  return { name, value: facts.map(lineText).join(topic === 'bar' ? '\n' : ' · '), inline: false };
};

/** The headline has said how strong it is: what is left to say is what makes it so. */
const strengthField = (group: Group): EmbedField => {
  const [{ value }, ...parts] = group.facts;
  if (group.topic !== 'strength' || parts.length === 0 || value.startsWith('n/a')) return fieldOf(group);
  return { name: `What makes it ${neutral(value)}`, value: parts.map(lineText).join(' · '), inline: false };
};

const episodeField = ({ lines }: ToldEpisode): EmbedField => {
  const lineText = ({ atMs, text }: EpisodeLine): string => (atMs === null ? neutral(text) : `${moment(atMs)} ${neutral(text)}`);
  return { name: 'Episode', value: lines.map(lineText).join('\n'), inline: false };
};

const idText = (id: string): string => neutral(cutTo(plain(id), NAME_CODE_POINTS_MAX));

/** Whoever counts what has come finds every alert by its id, those that an episode has taken in too. */
const footer = ({ alert, attempt, episode }: Subject): string => {
  const others = episode?.entries.slice(1).map(({ id }) => idText(id)) ?? [];
  return [
    `id ${idText(alert.id)}`,
    `attempt ${attempt.number}`,
    ...(episode === undefined || episode.fired < 2 ? [] : [[`${episode.fired} alerts`, ...others].join(' ')]),
    ...(attempt.mayRepeat ? ['may be a repeat'] : []),
  ].join(' · ');
};

const frame = (subject: Subject): Pick<Embed, 'color' | 'footer' | 'timestamp'> => {
  const timestamp = isoTime(decisionTimeMs(subject.alert));
  return {
    color: subject.alert.direction === 'up' ? COLOR_UP : COLOR_DOWN,
    footer: { text: footer(subject) },
    ...(timestamp === null ? {} : { timestamp }),
  };
};

/** The headline has told the doubts: what is left is what else is known of the data. */
const withoutDoubts =
  ({ doubts }: Told) =>
  (group: Group): Group => {
    const [first, ...others] = group.facts.filter(({ value }) => !doubts.includes(value));
    return group.topic === 'data' && first !== undefined ? { ...group, facts: [first, ...others] } : group;
  };

/** One alone has the whole row. */
const spread = (fields: readonly EmbedField[]): readonly EmbedField[] =>
  fields.filter(({ inline }) => inline).length === 1 ? fields.map((field) => ({ ...field, inline: false })) : fields;

/** The whole card, not yet cut to the limits. */
export const cardOf = (subject: Subject, { fields, render }: Style): Embed => {
  const { alert, attempt, episode } = subject;
  if (render !== undefined) return { description: render(alert, attempt, episode), fields: [], ...frame(subject) };
  const told = tell(alert, attempt);
  const story = episode === undefined ? null : tellEpisode(episode);
  return {
    title: title(told, story),
    description: description(alert, attempt, told, story),
    fields: [
      ...(story === null ? [] : [episodeField(story)]),
      ...spread(groupsOf(told, fields).map(withoutDoubts(told)).map(strengthField)),
    ],
    ...frame(subject),
  };
};
