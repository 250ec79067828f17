import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { canariesIn } from './canary.js';

/*
 * The built program as a child process. `npm test` builds it first; MONITOR_MAIN names another build.
 */

const MAIN = resolve(process.env['MONITOR_MAIN'] ?? 'dist/main.js');

/** One line of the program's log. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly msg: string;
  readonly time: string;
  readonly [more: string]: unknown;
}

export interface Ended {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Monotonic, in ms. */
  readonly atMs: number;
}

export interface Program {
  readonly pid: number;
  readonly startedAtMs: number;
  /** What it has logged so far. */
  log(): readonly LogLine[];
  events(): readonly string[];
  /** Standard error so far. */
  complaints(): string;
  /** Standard output so far, as it came. */
  output(): string;
  /** Resolves with the first such line, also one that has been written already; rejects when the program ends without it. */
  said(event: string, timeoutMs?: number): Promise<LogLine>;
  kill(signal: NodeJS.Signals): void;
  /** Closes our ends of its outputs: whatever it says from now on meets a closed pipe. */
  turnAway(): void;
  /** Resolves when it has ended and all it said has been read. */
  readonly ended: Promise<Ended>;
}

/** Looks again and again until it is so; rejects, naming what it waited for, when it takes too long. */
export const until = async <T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await wait(10);
  }
};

const parse = (line: string): LogLine | null => {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return null;
  }
};

export interface ProgramOptions {
  /** Another program that speaks like it. */
  readonly main?: string;
  /** Where standard output goes instead of to us: a file descriptor. */
  readonly stdout?: number;
}

/** Starts the program. Only what is given is in its environment. */
export const startProgram = (
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { main = MAIN, stdout }: ProgramOptions = {},
): Program => {
  if (!existsSync(main)) throw new Error(`${main} is missing: node build.mjs makes it`);
  const child = spawn(process.execPath, [main, ...argv], { env, stdio: ['ignore', stdout ?? 'pipe', 'pipe'] });
  const startedAtMs = performance.now();
  const lines: LogLine[] = [];
  let rest = '';
  let output = '';
  let complaints = '';
  let end: Ended | null = null;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts.map(parse)) if (line !== null) lines.push(line);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const ended = new Promise<Ended>((done, failed) => {
    child.on('error', failed);
    child.on('close', (code, signal) => {
      end = { code, signal, atMs: performance.now() };
      // Every secret of the suite's worlds holds the mark, and no program of ours may ever print one.
      const [leak] = canariesIn(`${output}\n${complaints}`);
      if (leak === undefined) done(end);
      else failed(new Error(`a secret was printed: ${leak}`));
    });
  });
  const said = (event: string, timeoutMs?: number): Promise<LogLine> =>
    until(
      `${argv.join(' ')} says ${event}`,
      () => {
        const found = lines.find((line) => line.event === event);
        if (found === undefined && end !== null)
          throw new Error(`ended with ${end.code ?? end.signal} and never said ${event}: ${complaints}${JSON.stringify(lines)}`);
        return found;
      },
      timeoutMs,
    );
  return {
    pid: child.pid ?? 0,
    startedAtMs,
    log: () => lines,
    events: () => lines.map(({ event }) => event),
    complaints: () => complaints,
    output: () => output,
    said,
    kill: (signal) => void child.kill(signal),
    turnAway: () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    ended,
  };
};

/** Starts programs and ends those that are left, for a test's `afterEach`. */
export const createPrograms = () => {
  const started: Program[] = [];
  return {
    start: (argv: readonly string[], env?: Readonly<Record<string, string>>, options?: ProgramOptions): Program => {
      const program = startProgram(argv, env, options);
      started.push(program);
      return program;
    },
    endAll: async (): Promise<void> => {
      for (const program of started) program.kill('SIGKILL');
      await Promise.all(started.splice(0).map(({ ended }) => ended));
    },
  };
};
