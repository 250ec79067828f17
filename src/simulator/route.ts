import { of } from 'rxjs';
import type { SimulatedHttp } from './door.js';

/** A service and the beginning of the paths that are its own. */
export interface Mount {
  readonly prefix: string;
  readonly http: SimulatedHttp;
}

/** Several services behind one address: the longest prefix takes the request, with its path unchanged; without one it is 404. */
export const route = (mounts: readonly Mount[]): SimulatedHttp => {
  const longestFirst = [...mounts].sort((a, b) => b.prefix.length - a.prefix.length);
  return {
    handle: (request) =>
      longestFirst.find(({ prefix }) => request.path.startsWith(prefix))?.http.handle(request) ??
      of({ kind: 'reply', status: 404, headers: {}, body: '' }),
  };
};
