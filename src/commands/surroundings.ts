import type { Report } from '../model/fault.js';
import type { Context } from '../ports/context.js';
import { createDatabases } from '../runtime/databases.js';
import { createFiles } from '../runtime/files.js';
import { createHttp } from '../runtime/http.js';
import { createMail } from '../runtime/mail.js';
import { createMarketClock } from '../runtime/market-clock.js';
import { createSockets } from '../runtime/sockets.js';

/** The real world for a command that only looks at it. */
export interface Surroundings {
  readonly context: Context;
  /** Lets go of every connection. */
  close(): Promise<void>;
}

export const createSurroundings = (print: (line: string) => void, report: Report): Surroundings => {
  const http = createHttp();
  return {
    context: {
      marketTime: createMarketClock(),
      wireTime: createMarketClock(),
      random: Math.random,
      http,
      sockets: createSockets(),
      files: createFiles(),
      databases: createDatabases(),
      mail: createMail(),
      report,
      print,
    },
    close: () => http.close(),
  };
};
