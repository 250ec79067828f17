import { z } from 'zod';
import { INTERVALS } from '../model/interval.js';
import { MARKETS } from '../model/series.js';
import type { MuteTime } from '../operators/delivery/mute-time.js';
import { DAYS } from '../operators/delivery/mute-time.js';
import type { Route, RouteNode } from '../operators/delivery/route.js';
import type { StrengthCondition } from '../operators/delivery/route-match.js';
import { COMPARATORS } from '../operators/delivery/route-match.js';

/*
 * The routing tree as it is written in YAML. What it takes to see that its names and its nodes make sense together is in
 * route-problems.ts.
 */

/** One of them, or a list; `words` say what one is. */
const oneOrMore = <Output, Input>(one: z.ZodType<Output, Input>, words: string) =>
  z
    .union([one, z.array(one).min(1)], { error: `${words}, or a list of such` })
    .transform((given): readonly Output[] => (Array.isArray(given) ? given : [given]));

const oneOf = <const Names extends readonly string[]>(names: Names) => {
  const words = `one of ${names.join(', ')}`;
  return oneOrMore(z.enum(names, { error: words }), words);
};

const STRENGTH = /^(>=|<=|>|<)\s*(\d+(?:\.\d+)?)$/;
const STRENGTH_WORDS = 'a comparison with a number from 0 to 10 in quotes, such as ">= 6"';
const isComparator = (text: string | undefined): text is StrengthCondition['comparator'] =>
  COMPARATORS.some((each) => each === text);

const strength = z
  .union([z.number(), z.string().regex(STRENGTH, { error: STRENGTH_WORDS })], { error: STRENGTH_WORDS })
  .transform((given): StrengthCondition => {
    if (typeof given === 'number') return { comparator: '>=', value: given };
    const [, comparator, value] = STRENGTH.exec(given) ?? [];
    return { comparator: isComparator(comparator) ? comparator : '>=', value: Number(value) };
  })
  .refine(({ value }) => value >= 0 && value <= 10, { error: STRENGTH_WORDS });

const name = z.string().min(1);
const wild = oneOrMore(name, 'text that is not empty');

const match = z
  .strictObject({
    symbol: wild.optional().describe('Symbols; * stands for any letters: BTC*.'),
    market: oneOf(MARKETS).optional().describe('Markets.'),
    interval: oneOf(INTERVALS).optional().describe('Bar lengths.'),
    direction: oneOf(['up', 'down']).optional().describe('Directions.'),
    strength: strength
      .optional()
      .describe('A comparison such as ">= 6"; a number alone means at least. An alert without a strength meets none.'),
    rule: wild.optional().describe('Names of rules; * stands for any letters.'),
    kind: oneOf(['single', 'market']).optional().describe('single: of one symbol; market: of the whole market.'),
  })
  .prefault({})
  .describe('Every condition must be met; a list is met by any of its entries. None at all: every alert.');

const sinks = z.array(name).optional();
const muteTimes = z.array(name).default([]).describe('Names of times: while one lasts, nothing leaves here or below.');

const node = z.strictObject({
  match,
  sinks: sinks.describe('Names of sinks. Absent: those of the node above; []: nobody.'),
  muteTimes,
  continue: z.boolean().default(false).describe('true: an alert that this node takes is shown to the nodes after it as well.'),
  get routes(): z.ZodDefault<z.ZodArray<typeof node>> {
    return z.array(node).default([]);
  },
});

const CLOCK = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const clock = z.string({ error: 'a time of day such as 07:30' }).regex(CLOCK, { error: 'a time of day such as 07:30' });
const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

const ZONE = /^(?:UTC|([+-])(0\d|1[0-4]):([0-5]\d))$/;
const ZONE_WORDS = 'UTC, or how far it is ahead of it, such as +02:00';
const zoneMinutesOf = (text: string): number => {
  const [, sign, hours = '0', minutes = '0'] = ZONE.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
};

const time = z
  .strictObject({
    name: name.describe('What muteTimes call it; several of one name hold together.'),
    days: z.array(z.enum(DAYS)).min(1).optional().describe('The days on which it begins; every day if absent.'),
    from: clock.default('00:00').describe('When it begins.'),
    to: clock.default('24:00').describe('When it ends; at or before its beginning: on the next day.'),
    zone: z
      .string({ error: ZONE_WORDS })
      .regex(ZONE, { error: ZONE_WORDS })
      .default('UTC')
      .describe('UTC, or an offset such as +02:00.'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'must differ from its beginning' })
  .transform(({ name: called, days = [], from, to, zone }): MuteTime => ({
    name: called,
    days,
    fromMinutes: minutesOf(from) % 1_440,
    toMinutes: minutesOf(to) === 0 ? 1_440 : minutesOf(to),
    zoneMinutes: zoneMinutesOf(zone),
  }));

export const route = z
  .strictObject({
    sinks: sinks.describe('Names of sinks for whatever no route below takes. Absent: every sink that steps in for no other.'),
    times: z
      .array(time)
      .default([])
      .describe('Times of the week that muteTimes may name. Each has name, days, from, to and zone.'),
    muteTimes,
    routes: z
      .array(node)
      .default([])
      .describe(
        'Tried from first to last; the first that matches takes the alert, unless it continues. Each has match (symbol, market, interval, direction, strength, rule, kind), sinks, muteTimes, continue and routes of its own.',
      ),
  })
  .optional()
  .describe('Which alerts go to which sinks. Without it every alert goes to every sink.');

type Written = z.output<typeof node>;
export type WrittenRoute = NonNullable<z.output<typeof route>>;

const toNode = (written: Written, onlyOn: (names: readonly string[]) => readonly string[]): RouteNode => ({
  match: written.match,
  sinks: written.sinks === undefined ? null : onlyOn(written.sinks),
  muteTimes: written.muteTimes,
  continues: written.continue,
  routes: written.routes.map((each) => toNode(each, onlyOn)),
});

/** What of the settings says who gets an alert. */
export interface Routing {
  /** `null`: every sink gets every alert. Without any sink there is nothing to route. */
  readonly route: Route | null;
  /** Chains of sinks that are on, of two at least. */
  readonly fallback: readonly (readonly string[])[];
}

/**
 * The tree and the chains with the sinks that are on. The next sink of its chain takes the place of one that is off. A sink that
 * only steps in for others gets nothing of its own, unless a route names it.
 */
export const routingOf = (
  written: WrittenRoute | undefined,
  chains: readonly (readonly string[])[],
  on: readonly string[],
): Routing => {
  const isOn = (sink: string): boolean => on.includes(sink);
  const inPlaceOf = (sink: string): readonly string[] => {
    if (isOn(sink)) return [sink];
    return chains.flatMap((chain) =>
      chain.includes(sink)
        ? chain
            .slice(chain.indexOf(sink) + 1)
            .filter(isOn)
            .slice(0, 1)
        : [],
    );
  };
  const onlyOn = (names: readonly string[]): readonly string[] => [...new Set(names.flatMap(inPlaceOf))];
  const fallback = chains.map((chain) => chain.filter(isOn)).filter((chain) => chain.length > 1);
  const stepsIn = new Set(fallback.flatMap((chain) => chain.slice(1)));
  // Where nobody is to be told anyway, nothing is withheld for want of a sink either.
  if (on.length === 0 || (written === undefined && fallback.length === 0)) return { route: null, fallback };
  const { sinks: named, times = [], muteTimes: muted = [], routes = [] } = written ?? {};
  return {
    route: {
      match: {},
      sinks: named === undefined ? on.filter((sink) => !stepsIn.has(sink)) : onlyOn(named),
      times,
      muteTimes: muted,
      continues: false,
      routes: routes.map((each) => toNode(each, onlyOn)),
    },
    fallback,
  };
};
