import type { Fact } from './facts.js';
import type { Topic } from './topics.js';
import { TOPIC_TITLES, TOPICS } from './topics.js';
import type { Told } from './words.js';

/** What is said of one topic. */
export interface Group {
  readonly topic: Topic;
  readonly title: string;
  readonly facts: readonly [Fact, ...Fact[]];
}

const said = (topic: Topic, value: string, aside = ''): Fact => ({ topic, label: aside, aside, value, need: null });

/** An alert that stands for nobody else has no others: that is known, and is no gap in the data. */
const MAY_BE_NONE: ReadonlySet<Topic> = new Set(['peers', 'leaders', 'escalation']);

const absent = (topic: Topic): Fact => said(topic, MAY_BE_NONE.has(topic) ? 'none' : 'n/a (no measure tells it)');

const ofTopic = (told: Told, topic: Topic): readonly Fact[] => {
  const facts = told.facts.filter((fact) => fact.topic === topic);
  switch (topic) {
    case 'bar':
      return [
        said(topic, told.time),
        said(topic, `open ${told.open} · high ${told.high} · low ${told.low} · close ${told.close}`),
        ...facts,
      ];
    case 'data':
      return [...told.data.map((statement) => said(topic, statement)), ...facts];
    default:
      return facts;
  }
};

/**
 * What an alert knows, by topic: those that are wanted, in their order, and of what it does not know that it does not; all that it
 * knows when nothing is said.
 */
export const groupsOf = (told: Told, wanted?: readonly Topic[]): readonly Group[] =>
  (wanted ?? TOPICS).flatMap((topic): readonly Group[] => {
    const [first, ...others] = ofTopic(told, topic);
    const title = TOPIC_TITLES[topic];
    if (first !== undefined) return [{ topic, title, facts: [first, ...others] }];
    return wanted === undefined ? [] : [{ topic, title, facts: [absent(topic)] }];
  });

/** `4.21 ATR over 1 bar (needs 3.00 ATR)`, below its topic's title. */
export const factText = ({ label, aside, value, need }: Fact): string => {
  const tail = need === null ? '' : ` (${need})`;
  if (value.startsWith('n/a') && label !== '') return `${label}: ${value}${tail}`;
  return `${value}${aside === '' ? '' : ` ${aside}`}${tail}`;
};

export const groupText = ({ facts }: Group): string => facts.map(factText).join(' · ');
