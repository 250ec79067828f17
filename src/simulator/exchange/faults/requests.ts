import type { SchedulerLike } from 'rxjs';
import type { Market } from '../../../model/series.js';
import type { Budget } from '../budget.js';
import type { Tally } from '../log.js';
import { turnedAway } from '../refusal.js';
import type { RestFault, Script, Undo } from '../script.js';

/** Which requests are refused, and what is said beside the status. */
export interface Refusal extends Pick<RestFault, 'path' | 'times' | 'forMs'> {
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a script can do to requests. */
export interface RequestFaults {
  /** Requests get this reply instead of theirs, and cost no weight. */
  rest(fault: RestFault): Undo;
  /** Requests are refused with a status, with the body that the real exchange or what stands before it sends with it. */
  refuseRequests(status: number, which?: Refusal): Undo;
  /** The address is banned for so many wire milliseconds: 418 for whatever is asked of this market. */
  ban(market: Market, forMs: number): Undo;
  /** Somebody else on the same address uses so much of this minute's weight. */
  spendWeight(market: Market, weight: number): void;
  /** Answers do not say how much weight is used. */
  hideWeight(market: Market): Undo;
  /** GET time is wrong by so many milliseconds. */
  skewServerTime(ms: number): Undo;
}

export interface RequestFaultParts {
  readonly budgets: Readonly<Record<Market, Budget>>;
  readonly script: Script;
  readonly tally: Tally;
  readonly wireTime: SchedulerLike;
}

export const createRequestFaults = ({ budgets, script, tally }: RequestFaultParts): RequestFaults => ({
  rest: script.addRestFault,
  refuseRequests: (status, { headers, ...which } = {}) => {
    const { body, contentType } = turnedAway(status);
    const reply = { kind: 'reply', status, headers: { 'content-type': contentType, ...headers }, body } as const;
    return script.addRestFault({ ...which, reply });
  },
  ban: (market, forMs) => {
    tally.fault('ban');
    budgets[market].ban(forMs);
    return budgets[market].pardon;
  },
  spendWeight: (market, weight) => {
    tally.fault('spendWeight');
    budgets[market].spend(weight);
  },
  hideWeight: (market) => {
    tally.fault('hideWeight');
    budgets[market].showWeight(false);
    return () => budgets[market].showWeight(true);
  },
  skewServerTime: script.skewTime,
});
