import { defer, of } from 'rxjs';
import { isInterval } from '../model/interval.js';
import { MARKETS } from '../model/series.js';
import type { MarketClock } from '../ports/context.js';
import type { SimulatedDiscord } from './discord.js';
import type { SimulatedHttp, SimulatedReply, SimulatedRequest } from './door.js';
import type { Exchange } from './exchange.js';

export interface InspectionParts {
  readonly exchange: Exchange;
  readonly discord: SimulatedDiscord;
  readonly clock: MarketClock;
}

const PREFIX = '/_simulator/';

const json = (value: unknown, status = 200): SimulatedReply => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

const closedBars = ({ log }: Exchange, params: URLSearchParams): SimulatedReply => {
  const market = MARKETS.find((name) => name === params.get('market'));
  const interval = params.get('interval') ?? '';
  const [fromMs, toMs] = [Number(params.get('from') ?? Number.NaN), Number(params.get('to') ?? Number.NaN)];
  if (market === undefined || !isInterval(interval) || Number.isNaN(fromMs + toMs))
    return json({ error: 'market, symbol, interval, from and to (ms) are wanted' }, 400);
  return json(log.closedBars({ market, symbol: params.get('symbol') ?? '', interval }, fromMs, toMs));
};

/** `POST faults/<name>` with a JSON array of arguments strikes as the call `exchange.faults.<name>(…)` does. */
const strike = ({ faults }: Exchange, name: string, body: string): SimulatedReply => {
  const fault = Object.entries(faults).find(([known]) => known === name)?.[1] as ((...given: unknown[]) => unknown) | undefined;
  if (fault === undefined) return json({ error: `no fault is called ${name}`, faults: Object.keys(faults) }, 404);
  try {
    const given: unknown = JSON.parse(body === '' ? '[]' : body);
    if (!Array.isArray(given)) return json({ error: 'a JSON array of arguments is wanted' }, 400);
    const struck = fault(...(given as readonly unknown[]));
    return json({ struck: typeof struck === 'number' ? struck : null });
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : 'the arguments are not JSON' }, 400);
  }
};

/**
 * What the simulator knows of itself, for another process that wants to compare (decisions.md 19): `GET state`,
 * `GET closed?market&symbol&interval&from&to`, `GET discord/saved`, `GET discord/log`, and `POST faults/<name>`.
 */
export const createInspection = ({ exchange, discord, clock }: InspectionParts): SimulatedHttp => {
  const answer = ({ method, path, body }: SimulatedRequest): SimulatedReply => {
    const [place = '', query = ''] = path.slice(PREFIX.length).split('?');
    if (method === 'POST' && place.startsWith('faults/')) return strike(exchange, place.slice('faults/'.length), body);
    if (method !== 'GET') return json({ error: 'no such thing' }, 404);
    if (place === 'state')
      return json({ nowMs: Math.floor(clock.now()), speed: clock.speed, ...exchange.span, counters: exchange.log.counters() });
    if (place === 'closed') return closedBars(exchange, new URLSearchParams(query));
    if (place === 'discord/saved') return json(discord.saved());
    if (place === 'discord/log') return json(discord.log());
    return json({ error: 'no such thing' }, 404);
  };
  return { handle: (request) => defer(() => of(answer(request))) };
};

/** Where it is mounted. */
export const INSPECTION_PREFIX = PREFIX;
