import type { SchedulerLike } from 'rxjs';
import { Subscription } from 'rxjs';
import type { MarketClock } from '../../ports/context.js';
import type { SimulatedSocketIn, SimulatedSocketOut } from '../door.js';
import { after } from './after.js';
import type { Channels, Client } from './channels.js';
import type { ControlRequest } from './control.js';
import { errorText, readControl, resultText } from './control.js';
import { createHeartbeat } from './heartbeat.js';
import { LIMITS } from './limits.js';
import type { Tally } from './log.js';
import type { ControlFault, Script } from './script.js';
import type { StreamPath } from './stream-path.js';

export interface ConnectionParts {
  readonly path: StreamPath;
  readonly clock: MarketClock;
  readonly wireTime: SchedulerLike;
  readonly channels: Channels;
  readonly tally: Tally;
  readonly script: Script;
  /** Messages of this client in any one second; one more closes the connection. */
  readonly messagesPerSecondMax: number;
  /** Time from a control message to its answer; data may come in between, so an answer is matched by its `id` only. */
  readonly ackDelayMs: number;
  readonly lifetimeMs: number;
  readonly send: (out: SimulatedSocketOut) => void;
  /** Sends a last event and lets go of the connection. */
  readonly end: (out: SimulatedSocketOut) => void;
}

const TOO_MANY_REQUESTS: SimulatedSocketOut = { kind: 'close', code: 1008, reason: 'Too many requests' };
const INVALID_REQUEST: SimulatedSocketOut = { kind: 'close', code: 1008, reason: 'Invalid request' };
/** The codes of the next two are not known (binance-protocol.md §13.4). */
const PONG_TIMEOUT: SimulatedSocketOut = { kind: 'close', code: 1008, reason: 'Pong timeout' };
const LIFETIME_OVER: SimulatedSocketOut = { kind: 'close', code: 1001, reason: '' };

/** An id that no client is likely to have given. */
const OTHER_ID = 4_294_967_295;

/** The exchange's end of one WebSocket: control messages, limits, heartbeat and lifetime (binance-protocol.md §6, §7). */
export const createConnection = (parts: ConnectionParts) => {
  const { path, clock, wireTime, channels, tally, script, ackDelayMs } = parts;
  const limits = LIMITS[path.market];
  const names = new Set<string>();
  const timers = new Subscription();
  let recentMs: readonly number[] = [];

  const client: Client = {
    market: path.market,
    pathClass: path.pathClass,
    openedMs: wireTime.now(),
    combined: path.combined,
    hears: script.isRetired(path.pathClass) ? 'control' : 'all',
    last: null,
    send: parts.send,
    end: parts.end,
  };
  const sendText = (text: string): void => {
    if (client.hears !== 'nothing') parts.send({ kind: 'frame', text });
  };
  const later = (work: () => void): void => {
    timers.add(after(ackDelayMs, wireTime, work));
  };
  const breach = (out: SimulatedSocketOut): void => {
    tally.policyCloses++;
    parts.end(out);
  };
  const heartbeat = createHeartbeat({
    wireTime,
    pingEveryMs: limits.pingEveryMs,
    pongWithinMs: limits.pongWithinMs,
    payload: () => String(Math.floor(clock.now())),
    ping: (payload) => {
      if (client.hears !== 'nothing') parts.send({ kind: 'ping', payload });
    },
    lost: () => {
      if (client.hears !== 'nothing') breach(PONG_TIMEOUT);
    },
  });
  timers.add(heartbeat.stop);
  timers.add(
    after(script.lifetimeMs() ?? parts.lifetimeMs, wireTime, () => {
      if (client.hears !== 'nothing') parts.end(LIFETIME_OVER);
    }),
  );

  /** False when the streams would be too many; nothing is subscribed then. */
  const subscribe = (wanted: readonly string[]): boolean => {
    if (new Set([...names, ...wanted]).size > limits.streamsMax) return false;
    for (const name of wanted) {
      names.add(name);
      channels.join(client, name);
    }
    return true;
  };
  const unsubscribe = (unwanted: readonly string[]): void => {
    for (const name of unwanted) {
      names.delete(name);
      channels.leave(client, name);
    }
  };

  const obey = (request: ControlRequest): void => {
    if (request.method === 'SUBSCRIBE' && !subscribe(request.names)) {
      later(() => {
        sendText(errorText({ id: request.id, code: 4, message: 'Too many subscriptions' }));
        breach(INVALID_REQUEST);
      });
      return;
    }
    if (request.method === 'UNSUBSCRIBE') unsubscribe(request.names);
    if (request.method === 'SET_PROPERTY') client.combined = request.combined;
    const listed = request.method === 'LIST_SUBSCRIPTIONS' ? [...names] : null;
    const result = request.method === 'GET_PROPERTY' ? client.combined : listed;
    later(() => sendText(resultText(result, request.id)));
  };

  const misanswer = (how: ControlFault, request: ControlRequest): void => {
    if (how === 'error') later(() => sendText(errorText({ id: request.id, code: 2, message: 'Invalid request: not now' })));
    if (how === 'other-id') obey({ ...request, id: OTHER_ID });
  };
  const readText = (text: string): void => {
    tally.controlMessages++;
    if (limits.controlBytesMax !== null && Buffer.byteLength(text) > limits.controlBytesMax) return;
    const request = readControl(path.market, text);
    if (!('code' in request)) {
      const how = script.controlFault();
      if (how === null) obey(request);
      else misanswer(how, request);
      return;
    }
    later(() => {
      sendText(errorText(request));
      if (request.code === 3 && limits.closesOnInvalidJson) breach(INVALID_REQUEST);
    });
  };

  const tooFast = (): boolean => {
    const nowMs = wireTime.now();
    recentMs = [...recentMs.filter((timeMs) => nowMs - timeMs < 1000), nowMs];
    tally.controlRate(path.market, recentMs.length);
    return recentMs.length > parts.messagesPerSecondMax;
  };

  return {
    client,
    /** Subscribes to the streams of the address; too many of them end the connection at once. */
    start: (): void => {
      if (!subscribe(path.names)) breach(INVALID_REQUEST);
    },
    receive: (message: SimulatedSocketIn): void => {
      if (client.hears === 'nothing') return;
      if (tooFast()) breach(TOO_MANY_REQUESTS);
      else if (message.kind === 'ping') parts.send({ kind: 'pong' });
      else if (message.kind === 'pong') heartbeat.pong(message.payload);
      else readText(message.text);
    },
    stop: (): void => {
      timers.unsubscribe();
      unsubscribe([...names]);
    },
  };
};
