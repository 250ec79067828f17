import pino from 'pino';
import pretty from 'pino-pretty';
import { createOutput } from './output.js';
import type { Output } from './output.js';
import { createRedact } from './redact.js';

export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What every line carries for machines. `trace_id` is the alert's id, from detection to delivery. */
export interface LogFields {
  /** Which room speaks: `source`, `delivery`, `store`, … */
  readonly component: string;
  /** What happened, noun-participle: `feed-lost`, `monitor-started`. */
  readonly event: string;
  readonly symbol?: string | undefined;
  readonly trace_id?: string | undefined;
  readonly [more: string]: unknown;
}

type Line = (fields: LogFields, sentence: string) => void;

/**
 * Levels are by consequence: `error` when something was lost or a person is needed, `warn` when nothing was lost, `info` for
 * start, stop and delivery, `debug` for whoever is looking for something. Normal operation is nearly silent.
 */
export interface Log {
  readonly fatal: Line;
  readonly error: Line;
  readonly warn: Line;
  readonly info: Line;
  readonly debug: Line;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** `json`: one object a line, for collectors. `pretty`: for a person at a terminal. */
  readonly format: 'json' | 'pretty';
  /** Standard output if absent. */
  readonly destination?: Pick<Output, 'write'>;
  /** Colour in the pretty form; off if absent. */
  readonly colour?: boolean;
  /** The values that must never be printed, as they are at this moment. */
  readonly secrets: () => readonly string[];
}

const prettyLine = (colour: boolean): ((line: string) => string) =>
  pretty.prettyFactory({
    colorize: colour,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'component,event',
    messageFormat: '{component} {event}: {msg}',
    singleLine: true,
  });

/**
 * The log of the process. Lines are written synchronously and without a worker, so the last ones before a crash are there.
 * Every line is redacted after it was put together: by value and by pattern, whether the secret stood in the message, in a
 * stack or deep in an object; redaction by path would miss most of these. An `err` field is written with its stack.
 */
export const createLog = ({ level, format, destination = createOutput(), colour = false, secrets }: LogOptions): Log => {
  const toPretty = format === 'pretty' ? prettyLine(colour) : null;
  return pino(
    {
      level,
      // Neither process id nor host name: whoever collects the lines knows them.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: createRedact(secrets) },
    },
    { write: (line) => destination.write(toPretty === null ? line : toPretty(line)) },
  );
};
