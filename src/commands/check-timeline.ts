import { concatMap, defer, delay, from, of } from 'rxjs';
import type { ChosenPipeline, Settings } from '../config/settings.js';
import type { Alert } from '../model/alert.js';
import type { Close } from '../model/close.js';
import type { Episode } from '../model/episode.js';
import type { Interval } from '../model/interval.js';
import { INTERVAL_MS, isInterval } from '../model/interval.js';
import { groupForMsOf, repeatAfterMsOf } from '../operators/delivery/episodes-steps.js';
import { settle } from '../operators/delivery/settle.js';
import type { Escalation } from '../operators/filters/cooldown.js';
import { cooldown, cooldownMemory } from '../operators/filters/cooldown.js';
import { filterCloses } from '../operators/filters/filter-closes.js';
import type { RuleEntry } from '../operators/judges/rule-entries.js';
import { escalationOf } from '../operators/judges/rule-entries.js';
import { formatDuration } from '../ports/settings.js';
import type { Sink } from '../ports/sink.js';
import { createVirtualClock } from '../runtime/virtual-clock.js';
import { createMemoryStore } from '../stores/memory.js';
import { exampleInterval, exampleMove } from './check-timeline-move.js';
import { tableLines } from './table.js';

/** What of the settings decides when the example is told. */
interface Heard {
  readonly rule: string;
  readonly version: number;
  readonly cooldownMs: number;
  readonly escalation: Escalation | null;
}

/** The measure by whose growth a rule of this pipeline escalates. */
const GROWTH: Readonly<Record<string, string>> = { momentum: 'm_1', classic: 'changePct' };

const heardOf = (pipeline: ChosenPipeline): Heard => {
  const { type, settings } = pipeline;
  const [rule] = pipeline.rules();
  const [entry] = (settings['rules'] ?? []) as readonly RuleEntry[];
  const { cooldown: silenceMs, escalationStep: step } = settings;
  const measure = GROWTH[type];
  return {
    rule: rule?.id ?? type,
    version: rule?.version ?? 1,
    cooldownMs: entry?.cooldown ?? (typeof silenceMs === 'number' ? silenceMs : 0),
    escalation:
      entry !== undefined ? escalationOf(entry) : measure !== undefined && typeof step === 'number' ? { measure, step } : null,
  };
};

const clockOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(11, 16);
const percentOf = (price: number): string => `${price < 100 ? '-' : '+'}${Math.abs(price - 100).toFixed(1)} %`;

/** What an alert was, in a few words. */
const alertText = ({ rule, interval, suppressedBy, escalates }: Alert, usual: string): string => {
  const fires = `${rule} fires${interval === usual ? '' : ` on bars of ${interval}`}`;
  if (suppressedBy !== null) return `${fires}: withheld by the ${suppressedBy}`;
  return escalates === undefined ? fires : `${fires}, a step further`;
};

/** What has become of an episode since it was last looked at, besides its alerts. */
const episodeTexts = (before: Episode | undefined, after: Episode): readonly string[] => [
  ...(before !== undefined && after.furthest.close !== before.furthest.close && after.fired === before.fired
    ? ['a further close']
    : []),
  ...(after.fadedAtMs !== null && before?.fadedAtMs == null ? ['half of the way given back'] : []),
  ...(after.outcome !== null && before?.outcome == null
    ? [`an hour after ${clockOf(after.opened.decisionTimeMs)}${after.outcome.close === null ? ', and no bar to tell it' : ''}`]
    : []),
];

/** Posts and changes nothing, and notes what it was asked to. */
const notingSink = (note: (text: string) => void): Sink => {
  let posted = 0;
  return {
    name: 'example',
    deliver: (_alert, { escalates }) =>
      defer(() => {
        const messageId = String(++posted);
        const first = escalates?.messageId ?? null;
        note(`message ${messageId} posted${first === null ? '' : `, with a link to message ${first}`}`);
        return of({ messageId });
      }),
    edit: (messageId) =>
      defer(() => {
        note(`message ${messageId} changed`);
        return of({ messageId });
      }),
  };
};

/** A row of the timeline: what a close brought, and what was sent until the next one. */
interface Row {
  readonly close: Close;
  readonly what: readonly string[];
  readonly sent: string[];
}

/** Runs the made-up move through the cooldown and the delivery of the monitor itself, in virtual time. */
const played = ({ episodes, delivery }: Settings, { rule, version, cooldownMs, escalation }: Heard, interval: Interval) => {
  const closes = exampleMove(interval, { id: rule, version, escalation });
  const clock = createVirtualClock(closes[0]?.decisionTimeMs ?? 0);
  const store = createMemoryStore(() => clock.now());
  const rows: Row[] = [];
  const known = new Map<string, Episode>();
  const sink = notingSink((text) => rows.at(-1)?.sent.push(text));
  const memory = cooldownMemory();
  const steps = escalation === null ? {} : { escalation: { [rule]: escalation } };
  const add = (close: Close): void => {
    const changed = close.episodes ?? [];
    const what = [
      ...close.alerts.map((alert) => alertText(alert, interval)),
      ...changed.flatMap((episode) => episodeTexts(known.get(episode.id), episode)),
    ];
    for (const episode of changed) known.set(episode.id, episode);
    rows.push({ close, what, sent: [] });
  };
  const life = store
    .open()
    .pipe(
      concatMap((remembered) =>
        from(closes).pipe(
          concatMap((close) => of(close).pipe(delay(Math.max(0, close.decisionTimeMs - clock.now()), clock))),
          filterCloses(() => [cooldown({ cooldownMs, memory, ...steps })]),
          settle({
            ...{ store, remembered, sinks: [sink], delivery, quietStartMs: 0, marketTime: clock, wireTime: clock },
            ...{ random: () => 0.5, report: () => undefined },
            ...(episodes === null ? {} : { episodes: { settings: episodes, kept: { episodes: [], messages: [] } } }),
          }),
        ),
      ),
    )
    .subscribe({
      next: (outcome) => {
        if (outcome.kind === 'close') add(outcome.close);
      },
      error: (error: unknown) => {
        throw error;
      },
    });
  clock.advanceTo((closes.at(-1)?.decisionTimeMs ?? 0) + INTERVAL_MS[interval]);
  life.unsubscribe();
  return rows;
};

const settingText = (name: string, ms: number | null): string => `${name} ${ms === null ? 'off' : formatDuration(ms)}`;
const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** What the settings make of a move that is made up, line by line. */
export const timelineLines = (settings: Settings): readonly string[] => {
  const { interval: followed } = settings.source.options;
  const interval = exampleInterval(typeof followed === 'string' && isInterval(followed) ? followed : '15m');
  const heard = heardOf(settings.pipeline);
  const rows = played(settings, heard, interval);
  const sent = rows.flatMap(({ sent }) => sent);
  const posts = sent.filter((text) => text.includes('posted')).length;
  const alerts = rows.flatMap(({ close }) => close.alerts.filter(({ suppressedBy }) => suppressedBy === null)).length;
  const { episodes } = settings;
  return [
    `A move of one symbol, made up, in bars of ${interval}, as these settings tell it:`,
    `  ${[
      settingText('episodes.groupFor', episodes === null ? null : groupForMsOf(interval, episodes)),
      ...(episodes === null ? [] : [settingText('episodes.repeatAfter', repeatAfterMsOf(interval, episodes))]),
      settingText('cooldown', heard.cooldownMs),
      `escalation ${heard.escalation === null ? 'off' : `by ${heard.escalation.step} of ${heard.escalation.measure}`}`,
    ].join(' · ')}`,
    '',
    ...tableLines(
      [
        ['UTC', 'price', 'what happens', 'what is sent'],
        ...rows
          .filter(({ what, sent }) => what.length + sent.length > 0)
          .map(({ close, what, sent }) => [
            clockOf(close.decisionTimeMs),
            percentOf(close.judged[0]?.bar.close ?? 100),
            what.join(' · '),
            sent.join(' · '),
          ]),
      ],
      ['left', 'right', 'left', 'left'],
      2,
    ),
    '',
    `  ${[counted(posts, 'message'), ...(episodes === null ? [] : [`changed ${counted(sent.length - posts, 'time')}`])].join(', ')}. Where messages cannot be changed, such as the console: ${counted(alerts, 'message')}.`,
  ];
};
