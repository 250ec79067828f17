import type { SchedulerLike } from 'rxjs';
import { defer, mergeMap, NEVER, of, take, throwError, timeout } from 'rxjs';
import type { Http } from '../../src/ports/http.js';
import { HttpError } from '../../src/ports/http.js';
import type { SimulatedHttp } from '../../src/simulator/door.js';

/** The `http` port plugged straight into a simulated service, without a socket: for virtual time. */
export const httpInto = (simulated: SimulatedHttp, wireTime: SchedulerLike): Http => ({
  request: ({ method, url, headers = {}, body = '', deadlineMs, bodyBytesMax }) =>
    defer(() => {
      const { pathname, search } = new URL(url);
      const content = typeof body === 'string' ? { body } : { body: '', bytes: body };
      return simulated.handle({ method, path: pathname + search, headers, ...content }).pipe(
        mergeMap((reply) => {
          if (reply.kind === 'reset') return throwError(() => new HttpError('maybe', 'reset', 'connection reset'));
          if (reply.kind === 'hang') return NEVER;
          if (reply.status >= 300 && reply.status < 400)
            return throwError(() => new HttpError('maybe', 'redirect', 'a redirect'));
          if (Buffer.byteLength(reply.body) > bodyBytesMax)
            return throwError(() => new HttpError('maybe', 'too-large', 'too large'));
          return of({ status: reply.status, headers: reply.headers, body: reply.body });
        }, 1),
        take(1),
        timeout({
          first: deadlineMs,
          scheduler: wireTime,
          with: () => throwError(() => new HttpError('maybe', 'deadline', 'no answer in time')),
        }),
      );
    }),
});
