import type { Fault } from '../../model/fault.js';
import type { SocketEvent } from '../../ports/socket.js';
import { judgeAnswer } from './answers.js';
import { hostOf } from './endpoints.js';

/** Why a connection is given up, as the fault it makes. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  constructor(
    readonly kind: Fault['kind'],
    readonly detail: string,
    /** Wire milliseconds before which another attempt, of whichever connection to this host, would only do harm. */
    readonly pauseMsMin = 0,
  ) {
    super(detail);
  }
}

/** The platform's names for a server that could not prove who it is, or that broke off while doing so (reliability.md F29). */
const TLS_TROUBLE = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_|ERR_SSL_|EPROTO)/;

/** The upgrade was answered with a status: the same wall and limits as for REST stand in front of the streams (F7, F8). */
export const refusalOf = (
  url: string,
  { status, headers }: Extract<SocketEvent, { kind: 'refused' }>,
  nowMs: number,
): LinkError => {
  const host = hostOf(url);
  if (status >= 300 && status < 400)
    return new LinkError('feed-refused', `${host} refused the connection (${status}, a redirect, which is never followed)`);
  const answer = judgeAnswer({ status, headers, body: '' }, nowMs);
  const words = answer.kind === 'fine' ? '200 instead of an upgrade' : answer.detail;
  return new LinkError('feed-refused', `${host} refused the connection (${words})`, answer.kind === 'wait' ? answer.waitMs : 0);
};

/** The connection has ended, or was never made. */
export const endOf = (url: string, { code, reason }: Extract<SocketEvent, { kind: 'closed' }>, wasOpen: boolean): LinkError => {
  const why = reason === '' ? String(code) : `${code}, ${reason}`;
  if (!wasOpen && TLS_TROUBLE.test(reason)) {
    const detail = `${hostOf(url)} could not prove who it is (${reason}); that is checked always, and without it nothing is read`;
    return new LinkError('feed-insecure', detail);
  }
  return new LinkError('feed-lost', wasOpen ? `the connection was closed (${why})` : `cannot reach ${hostOf(url)} (${why})`);
};
