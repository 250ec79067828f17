import type { SchedulerLike } from 'rxjs';
import { asyncScheduler, defer, NEVER, of } from 'rxjs';
import type { Http } from '../../../src/ports/http.js';
import { createHttp } from '../../../src/runtime/http.js';
import type { SimulatedReply, SimulatedRequest } from '../../../src/simulator/door.js';
import { serve } from '../../support/serve.js';

/** What is to happen to one request instead of the usual; `saved`: it is done all the same, and only its answer is this. */
export interface Outcome {
  readonly reply: SimulatedReply;
  readonly saved?: boolean;
}

export const reply = (status: number, body: unknown = '', headers: Readonly<Record<string, string>> = {}): SimulatedReply => ({
  kind: 'reply',
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

export interface ScriptedWorld {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly http: Http;
  /** Real time that can be pushed ahead. */
  readonly wireTime: SchedulerLike;
  readonly next: (...outcomes: readonly Outcome[]) => void;
  /** Every request, in order of coming in. */
  readonly log: readonly SimulatedRequest[];
  /** Two hours pass at once, so that no limit is in the way. */
  readonly rest: () => void;
  readonly close: () => Promise<void>;
}

/** A service behind a real server on loopback, whose answers can be scripted, and the real `http` port to it. */
export const scriptedWorld = async (usual: (request: SimulatedRequest) => SimulatedReply): Promise<ScriptedWorld> => {
  let aheadMs = 0;
  const wireTime: SchedulerLike = {
    now: () => asyncScheduler.now() + aheadMs,
    schedule: (work, delayMs, state) =>
      asyncScheduler.schedule(work as Parameters<typeof asyncScheduler.schedule<typeof state>>[0], delayMs, state),
  };
  const waiting: Outcome[] = [];
  const log: SimulatedRequest[] = [];
  const answer = (request: SimulatedRequest): SimulatedReply => {
    log.push(request);
    const outcome = waiting.shift();
    if (outcome === undefined) return usual(request);
    if (outcome.saved === true) usual(request);
    return outcome.reply;
  };
  const served = await serve({
    handle: (request) =>
      defer(() => {
        const answered = answer(request);
        return answered.kind === 'hang' ? NEVER : of(answered);
      }),
  });
  const http = createHttp();
  return {
    origin: served.origin,
    http,
    wireTime,
    log,
    next: (...outcomes) => void waiting.push(...outcomes),
    rest: () => {
      aheadMs += 7_200_000;
    },
    close: async () => {
      await http.close();
      await served.close();
    },
  };
};
