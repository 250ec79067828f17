import { defer, throwError } from 'rxjs';
import type { Context } from '../ports/context.js';
import type { Http } from '../ports/http.js';
import { HttpError } from '../ports/http.js';
import type { Mail } from '../ports/mail.js';
import { MailError } from '../ports/mail.js';

const DETAIL = 'the lease of the store has run out, or is about to: another replica may be sending';

/**
 * The outer world of the sinks of one replica among several: a request leaves only while the store is ours for longer than it may
 * take. Who sends has looked already, but a sink may have waited for its turn since, and the process may have been stopped
 * (reliability.md §2.8). What is refused here was certainly not sent.
 */
export const whileHeld = (context: Context, heldForMs: () => number): Context => {
  const { http, mail } = context;
  const isHeld = (deadlineMs: number): boolean => heldForMs() > deadlineMs;
  const heldHttp: Http = {
    request: (request) =>
      defer(() => (isHeld(request.deadlineMs) ? http.request(request) : throwError(() => new HttpError('no', 'lease', DETAIL)))),
  };
  const heldMail = (over: Mail): Mail => ({
    send: (server, message, deadlineMs) =>
      defer(() =>
        isHeld(deadlineMs)
          ? over.send(server, message, deadlineMs)
          : throwError(() => new MailError('no', 'lease', null, DETAIL)),
      ),
    greet: (server, deadlineMs) => over.greet(server, deadlineMs),
  });
  return { ...context, http: heldHttp, ...(mail === undefined ? {} : { mail: heldMail(mail) }) };
};
