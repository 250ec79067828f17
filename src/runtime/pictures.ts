import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Subscriber } from 'rxjs';
import { Observable } from 'rxjs';
import type { Report } from '../model/fault.js';
import type { Pictures } from '../ports/pictures.js';
import { PictureError } from '../ports/pictures.js';
import type { PictureAnswer, PictureOrder } from './picture-worker.js';

export interface PicturesOptions {
  readonly report: Report;
  /** The file that the thread begins with; found by itself if absent. */
  readonly workerUrl?: URL | null;
  /** A drawing that takes so long never ends: the thread is ended instead. */
  readonly hungMs?: number;
}

/** Drawings that wait; at some thirty milliseconds each, more would be late all the same. */
const WAITING_MAX = 40;
const HUNG_MS = 5_000;
/** A thread that dies at once, again and again, is not started at every picture. */
const RESTART_MS_FIRST = 1_000;
const RESTART_MS_MAX = 60_000;

/** This module is bundled into dist/ or dist/chunks/; as a source it stands in src/runtime/. */
const BESIDE = ['./picture-worker.js', '../picture-worker.js', '../../dist/picture-worker.js'];
const findWorker = (): URL | null => BESIDE.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url)) ?? null;

/** One drawing that somebody waits for. */
interface Job extends PictureOrder {
  readonly subscriber: Subscriber<Uint8Array>;
}

const end = ({ subscriber }: Job, kind: PictureError['kind'], detail: string): void =>
  subscriber.error(new PictureError(kind, detail));

/**
 * The `pictures` port over a thread of its own, which is started when it is first needed and does not keep the process alive. One
 * picture at a time; who gives up leaves the line. A thread that dies is reported and replaced, and costs the pictures that were
 * asked for in the meantime. `close` ends it.
 */
export const createPictures = ({
  report,
  workerUrl = findWorker(),
  hungMs = HUNG_MS,
}: PicturesOptions): Pictures & { close(): Promise<void> } => {
  let worker: Worker | null = null;
  /** Why there will be no picture in this life. */
  let unable: string | null = null;
  let deaths = 0;
  let restartAtMs = 0;
  let number = 0;
  let running: Job | null = null;
  let watch: NodeJS.Timeout | undefined;
  let waiting: readonly Job[] = [];

  const failAll = (kind: PictureError['kind'], detail: string): void => {
    const jobs = running === null ? waiting : [running, ...waiting];
    clearTimeout(watch);
    running = null;
    waiting = [];
    for (const job of jobs) end(job, kind, detail);
  };

  const giveUp = (detail: string): void => {
    if (unable === null) report({ kind: 'pictures-failed', detail: `alerts are told without pictures: ${detail}` });
    unable = detail;
    const useless = worker;
    worker = null;
    failAll('absent', detail);
    void useless?.terminate();
  };

  const next = (): void => {
    if (running !== null || worker === null) return;
    const [job, ...later] = waiting;
    if (job === undefined) return;
    running = job;
    waiting = later;
    watch = setTimeout(() => void worker?.terminate(), hungMs);
    watch.unref();
    worker.postMessage({ number: job.number, svg: job.svg } satisfies PictureOrder);
  };

  const hear = (answer: PictureAnswer): void => {
    if (answer.kind === 'unable') giveUp(answer.detail);
    if (answer.kind === 'ready' || answer.kind === 'unable' || running?.number !== answer.number) return;
    const { subscriber } = running;
    clearTimeout(watch);
    running = null;
    next();
    deaths = 0;
    if (answer.kind === 'broken') {
      subscriber.error(new PictureError('failed', answer.detail));
      return;
    }
    subscriber.next(answer.png);
    subscriber.complete();
  };

  const die = (dead: Worker): void => {
    if (worker !== dead) return;
    worker = null;
    deaths++;
    restartAtMs = deaths === 1 ? 0 : performance.now() + Math.min(RESTART_MS_MAX, RESTART_MS_FIRST * 2 ** (deaths - 2));
    const detail = 'the thread that draws pictures has died';
    report({ kind: 'pictures-failed', detail: `${detail}; the next picture starts another` });
    failAll('failed', detail);
  };

  const start = (): void => {
    if (worker !== null || unable !== null || performance.now() < restartAtMs) return;
    if (workerUrl === null) {
      giveUp('the file picture-worker.js is not beside the program; npm run build makes it');
      return;
    }
    const started = new Worker(workerUrl, { env: {}, execArgv: [] });
    worker = started;
    started.unref();
    started.on('message', hear);
    // What is thrown there ends the thread, and that is told by its exit.
    started.on('error', () => undefined);
    started.on('exit', () => die(started));
  };

  const leave = (job: Job): void => {
    waiting = waiting.filter((each) => each !== job);
  };

  return {
    start,
    draw: (svg, deadlineMs) =>
      new Observable<Uint8Array>((subscriber) => {
        start();
        if (worker === null) {
          const absent = unable === null ? null : new PictureError('absent', unable);
          subscriber.error(absent ?? new PictureError('failed', 'the thread that draws pictures is not there yet'));
          return undefined;
        }
        if (waiting.length >= WAITING_MAX) {
          subscriber.error(new PictureError('crowded', `${WAITING_MAX} other pictures are waiting`));
          return undefined;
        }
        const job: Job = { number: ++number, svg, subscriber };
        const deadline = setTimeout(() => {
          leave(job);
          end(job, 'late', `not drawn within ${deadlineMs} ms`);
        }, deadlineMs);
        waiting = [...waiting, job];
        next();
        return () => {
          clearTimeout(deadline);
          leave(job);
        };
      }),
    close: async () => {
      const open = worker;
      worker = null;
      failAll('failed', 'the program ends');
      await open?.terminate();
    },
  };
};
