import { asyncScheduler } from 'rxjs';
import type { Settings } from '../config/settings.js';
import { suggest } from '../config/suggest.js';
import { INTERVALS, isInterval } from '../model/interval.js';
import { MARKETS } from '../model/series.js';
import type { Route, RouteStep } from '../operators/delivery/route.js';
import { routedBy, walk } from '../operators/delivery/route.js';
import type { RouteFacts } from '../operators/delivery/route-match.js';
import { matchWords } from '../operators/delivery/route-match.js';
import { DAYS } from '../operators/delivery/mute-time.js';
import { nextIn } from '../operators/delivery/fallback-chains.js';
import { timeText } from './decision-words.js';

/** What may be said of the alert, by its key; `timeframe` is what some call the interval. */
const KEYS = ['symbol', 'market', 'interval', 'timeframe', 'direction', 'strength', 'rule', 'kind', 'at'] as const;

/** An alert that is asked about. */
interface Asked {
  readonly facts: RouteFacts;
  readonly atMs: number;
}

const among = <Word extends string>(key: string, words: readonly Word[], text: string): Word | string[] => {
  const found = words.find((word) => word === text);
  return found ?? [`${key} is "${text}", should be one of ${words.join(', ')}`];
};

const strengthFrom = (text: string): number | null | string[] => {
  if (text === 'n/a') return null;
  const value = Number(text);
  return text.trim() !== '' && value >= 0 && value <= 10
    ? value
    : [`strength is "${text}", should be a number from 0 to 10, or n/a`];
};

const timeFrom = (text: string): number | string[] => {
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? ms : [`at is "${text}", should be such as 2026-08-06T22:30:00Z`];
};

const pairsOf = (words: readonly string[]): { given: ReadonlyMap<string, string>; problems: readonly string[] } => {
  const given = new Map<string, string>();
  const problems = words.flatMap((word) => {
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    const name = key.toLowerCase();
    if (key === '') return [`"${word}" should be key=value, such as symbol=BTCUSDT`];
    if (!KEYS.some((each) => each === name)) {
      const near = suggest(name, KEYS);
      return [`${key} is not known, ${near === null ? `should be one of ${KEYS.join(', ')}` : `did you mean ${near}?`}`];
    }
    if (given.has(name)) return [`${key} is given twice`];
    given.set(name, value);
    return [];
  });
  return { given, problems };
};

/** What is asked about, or what is wrong with the question. What is not said is as an alert of these settings would have it. */
const askedOf = (words: readonly string[], { source, pipeline }: Settings, nowMs: number): Asked | readonly string[] => {
  const { given, problems } = pairsOf(words);
  const first = (value: unknown, otherwise: string): string => {
    const one: unknown = Array.isArray(value) ? value[0] : value;
    return typeof one === 'string' ? one : otherwise;
  };
  const symbol = given.get('symbol');
  const kind = among('kind', ['single', 'market'] as const, given.get('kind') ?? (symbol === '*' ? 'market' : 'single'));
  const market = among('market', MARKETS, given.get('market') ?? first(source.options['markets'], 'usdm'));
  const interval = given.get('interval') ?? given.get('timeframe') ?? first(source.options['interval'], '15m');
  const direction = among('direction', ['up', 'down'] as const, given.get('direction') ?? 'up');
  const strength = strengthFrom(given.get('strength') ?? 'n/a');
  const atMs = given.has('at') ? timeFrom(given.get('at') ?? '') : nowMs;
  const found = [
    ...problems,
    ...(symbol === undefined && kind !== 'market' ? ['symbol is missing, should be such as symbol=BTCUSDT'] : []),
    ...(isInterval(interval) ? [] : [`interval is "${interval}", should be one of ${INTERVALS.join(', ')}`]),
    ...[kind, market, direction, strength, atMs].flatMap((each) => (Array.isArray(each) ? each : [])),
  ];
  if (found.length > 0) return found;
  const rule = given.get('rule') ?? (kind === 'market' ? 'market' : (pipeline.rules()[0]?.id ?? pipeline.type));
  const facts = { symbol: symbol ?? '*', market, interval, direction, rule, kind, strength } as RouteFacts;
  return { facts, atMs: atMs as number };
};

const factsWords = ({ symbol, market, interval, direction, rule, kind, strength }: RouteFacts): string =>
  `${symbol} · ${market} · ${interval} · ${direction} · rule ${rule} · ${kind} · strength ${strength ?? 'n/a'}`;

const dayOf = (atMs: number): string => DAYS[(Math.floor(atMs / 86_400_000) + 3) % 7] ?? '';

const outcomeWords = ({ mismatch, sinks, muteTime, node }: RouteStep): string => {
  if (mismatch !== null) return `no: ${mismatch}`;
  if (sinks === null) return node.continues ? 'yes: taken below, and goes on' : 'yes: taken below';
  const where = sinks.length === 0 ? 'nobody' : sinks.join(', ');
  const muted = muteTime === null ? '' : `, but mute time ${muteTime} lasts`;
  return `yes: ${where}${muted}${node.continues ? ', and goes on' : ''}`;
};

/** Who gets it when one does not take it: `discord, else file, else email`. */
const chainWords = (sink: string, nextOf: (sink: string) => readonly string[]): string =>
  [sink, ...nextOf(sink).map((next) => `else ${chainWords(next, nextOf)}`)].join(', ');

/** Every route that an alert is shown to, what that made of it, and where the alert goes. */
const routeLines = (route: Route, { facts, atMs }: Asked, chains: readonly (readonly string[])[]): readonly string[] => {
  const steps = walk(route, facts, atMs);
  const { sinks, why } = routedBy(steps);
  const width = Math.max(...steps.map(({ path, depth }) => path.length + 2 * depth));
  return [
    `${factsWords(facts)}, decided ${timeText(Math.floor(atMs / 60_000) * 60_000)} UTC (${dayOf(atMs)})`,
    ...steps.map(
      (step) =>
        `  ${`${'  '.repeat(step.depth)}${step.path}`.padEnd(width)}  takes ${matchWords(step.node.match)}; ${outcomeWords(step)}`,
    ),
    sinks.length === 0
      ? `goes to nobody: ${why}`
      : `goes to ${sinks.map((sink) => chainWords(sink, nextIn(chains))).join('; ')} (by ${why})`,
  ];
};

/** Where an alert of which this is said would go by these settings; `null`: the question is not understood, and why was said. */
export const explainRoute = (
  words: readonly string[],
  settings: Settings,
  complain: (line: string) => void,
): readonly string[] | null => {
  const asked = askedOf(words, settings, asyncScheduler.now());
  if (!('facts' in asked)) {
    for (const line of asked) complain(`--route: ${line}`);
    return null;
  }
  const names = settings.sinks.map(({ name }) => name);
  // Without a tree every alert goes everywhere.
  const everywhere: Route = { match: {}, sinks: names, times: [], muteTimes: [], continues: false, routes: [] };
  return routeLines(settings.route ?? everywhere, asked, settings.delivery.fallback ?? []);
};
