import { defer, of } from 'rxjs';
import { isInterval } from '../model/interval.js';
import { MARKETS } from '../model/series.js';
import type { MarketClock } from '../ports/context.js';
import type { SimulatedDiscord } from './discord.js';
import type { SavedMessage } from './discord-messages.js';
import type { SimulatedHttp, SimulatedReply, SimulatedRequest } from './door.js';
import type { Exchange } from './exchange.js';
import type { Proxy } from './proxy.js';
import { isToxic, TOXICS } from './proxy/toxic.js';
import type { When } from './strikes.js';
import { createStrikes } from './strikes.js';

export interface InspectionParts {
  readonly exchange: Exchange;
  readonly discord: SimulatedDiscord;
  readonly clock: MarketClock;
  /** The proxy before the exchange, when there is one. */
  readonly proxy?: () => Proxy | null;
}

const PREFIX = '/_simulator/';

const json = (value: unknown, status = 200): SimulatedReply => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/** A message as it is listed: of its files only how large they are. */
const withoutBytes = ({ files, ...message }: SavedMessage) => ({
  ...message,
  files: files.map(({ bytes, ...file }) => ({ ...file, bytes: bytes.length })),
});

const fileOf = (discord: SimulatedDiscord, params: URLSearchParams): SimulatedReply => {
  const file = discord
    .saved()
    .flatMap(({ files }) => files)
    .find(({ id }) => id === params.get('id'));
  if (file === undefined) return json({ error: 'no file has this id' }, 404);
  const { bytes, ...told } = file;
  return json({ ...told, base64: Buffer.from(bytes).toString('base64') });
};

const closedBars = ({ log }: Exchange, params: URLSearchParams): SimulatedReply => {
  const market = MARKETS.find((name) => name === params.get('market'));
  const interval = params.get('interval') ?? '';
  const [fromMs, toMs] = [Number(params.get('from') ?? Number.NaN), Number(params.get('to') ?? Number.NaN)];
  if (market === undefined || !isInterval(interval) || Number.isNaN(fromMs + toMs))
    return json({ error: 'market, symbol, interval, from and to (ms) are wanted' }, 400);
  const symbol = params.get('symbol');
  if (symbol === null) return json({ count: log.closedBarCount(market, interval, fromMs, toMs) });
  return json(log.closedBars({ market, symbol, interval }, fromMs, toMs));
};

/** A time of a query in ms; `undefined` when it is not sent, `null` when it is none. */
const timeIn = (params: URLSearchParams, name: string): number | null | undefined => {
  const text = params.get(name);
  if (text === null) return undefined;
  return /^\d+$/.test(text) ? Number(text) : null;
};

/** The body of a request as JSON; an empty one is the second argument. Throws what JSON.parse throws. */
const bodyOf = ({ body }: SimulatedRequest, empty: unknown): unknown => (body === '' ? empty : JSON.parse(body));

const whenOf = (params: URLSearchParams): When | null => {
  const [atMs, forMs] = [timeIn(params, 'at'), timeIn(params, 'for')];
  if (atMs === null || forMs === null) return null;
  return { ...(atMs === undefined ? {} : { atMs }), ...(forMs === undefined ? {} : { forMs }) };
};

type Fault = (...given: readonly unknown[]) => unknown;
const TOWARDS = ['client', 'server', 'both'] as const;

/** What is done to the exchange and to the proxy before it, by name and with arguments as JSON. */
const createDeeds = ({ exchange, clock, proxy }: InspectionParts) => {
  const strikes = createStrikes(clock);
  const begin = (act: () => unknown, params: URLSearchParams): SimulatedReply => {
    const when = whenOf(params);
    if (when === null) return json({ error: 'at and for are whole milliseconds' }, 400);
    return json(strikes.begin(act, when));
  };
  const strike = (name: string, params: URLSearchParams, request: SimulatedRequest): SimulatedReply => {
    const { faults } = exchange;
    const fault = Object.entries(faults).find(([known]) => known === name)?.[1] as Fault | undefined;
    if (fault === undefined) return json({ error: `no fault is called ${name}`, faults: Object.keys(faults) }, 404);
    const given = bodyOf(request, []);
    if (!Array.isArray(given)) return json({ error: 'a JSON array of arguments is wanted' }, 400);
    return begin(() => fault(...(given as readonly unknown[])), params);
  };
  const poison = (params: URLSearchParams, request: SimulatedRequest): SimulatedReply => {
    const link = proxy?.() ?? null;
    const towards = TOWARDS.find((name) => name === (params.get('towards') ?? 'both'));
    const toxic = bodyOf(request, null);
    if (link === null) return json({ error: 'there is no proxy: simulate --proxy' }, 404);
    if (towards === undefined || !isToxic(toxic))
      return json({ error: 'a toxic as a JSON object is wanted', kinds: TOXICS }, 400);
    return begin(() => link.add(toxic, towards), params);
  };
  const undo = (text: string): SimulatedReply =>
    strikes.undo(Number(text)) ? json({ undone: true }) : json({ error: `nothing to undo: ${text}` }, 404);

  return {
    failures: () => strikes.failures(),
    post: (place: string, params: URLSearchParams, request: SimulatedRequest): SimulatedReply => {
      try {
        if (place.startsWith('faults/')) return strike(place.slice('faults/'.length), params, request);
        if (place.startsWith('undo/')) return undo(place.slice('undo/'.length));
        return place === 'toxics' ? poison(params, request) : json({ error: 'no such thing' }, 404);
      } catch (error) {
        return json({ error: error instanceof Error ? error.message : 'the arguments are not JSON' }, 400);
      }
    },
  };
};

/**
 * What the simulator knows of itself, for another process that wants to compare (decisions.md 19): `GET state`,
 * `GET closed?market&symbol&interval&from&to` (their count for the whole market, without a symbol), `GET discord/saved`,
 * `GET discord/file?id` (one that came with a message, as base64), `GET discord/log`. And what it is told to do to itself: `POST faults/<name>` with a JSON array of arguments does as the call
 * `exchange.faults.<name>(…)`, `POST toxics?towards` with a toxic spoils the link of the proxy, both at `?at=` a moment of the
 * exchange's clock and `?for=` so many of its milliseconds; `POST undo/<number>` ends what the answer gave that number.
 */
export const createInspection = (parts: InspectionParts): SimulatedHttp => {
  const { exchange, discord, clock } = parts;
  const deeds = createDeeds(parts);
  const state = (): SimulatedReply =>
    json({
      nowMs: Math.floor(clock.now()),
      speed: clock.speed,
      ...exchange.span,
      counters: exchange.log.counters(),
      failures: deeds.failures(),
    });
  const answer = (request: SimulatedRequest): SimulatedReply => {
    const { method, path } = request;
    const [place = '', query = ''] = path.slice(PREFIX.length).split('?');
    const params = new URLSearchParams(query);
    if (method === 'POST') return deeds.post(place, params, request);
    if (method !== 'GET') return json({ error: 'no such thing' }, 404);
    if (place === 'state') return state();
    if (place === 'closed') return closedBars(exchange, params);
    if (place === 'discord/saved') return json(discord.saved().map(withoutBytes));
    if (place === 'discord/file') return fileOf(discord, params);
    if (place === 'discord/log') return json(discord.log());
    return json({ error: 'no such thing' }, 404);
  };
  return { handle: (request) => defer(() => of(answer(request))) };
};

/** Where it is mounted. */
export const INSPECTION_PREFIX = PREFIX;
