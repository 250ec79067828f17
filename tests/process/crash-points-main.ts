import { textOfLines } from '../support/journal-lines.js';
import { existsSync, readFileSync } from 'node:fs';
import type { Observable } from 'rxjs';
import { concat, defer, EMPTY, map, tap, throwError } from 'rxjs';
import { createHost } from '../../src/commands/host.js';
import { config } from '../../src/config/index.js';
import type { Context } from '../../src/ports/context.js';
import type { Files } from '../../src/ports/files.js';
import type { Http } from '../../src/ports/http.js';
import type { Source } from '../../src/ports/source.js';
import type { Claim, Store } from '../../src/ports/store.js';

/*
 * The monitor as `run` makes it, except that its parts pass labelled points (reliability.md §2.4), and at the one that
 * CRASH_AT=label:n names it is gone, without a word, when it passes there for the n-th time. What crosses the network is killed
 * from outside (K5, K6): only the other side knows how far a request has come.
 *
 * Two labels do something else there: HEAP fills the memory, BLOCK holds the thread for two seconds. And as long as the file that
 * DISK_TROUBLE names exists, the disk fails with the code it holds: a write not at all begun, or, with `fsync`, one that was made and
 * could not be synced.
 */

const [label = '', nth = '1'] = (process.env['CRASH_AT'] ?? '').split(':');
let passed = 0;

const isNow = (point: string): boolean => point === label && ++passed === Number(nth);

const die = (): void => void process.kill(process.pid, 'SIGKILL');

const fillMemory = (): void => {
  for (const hoard: unknown[] = []; ;) hoard.push(Array.from({ length: 100_000 }, (_, i) => ({ i })));
};

const BLOCK_MS = 2_000;
const block = (): void => {
  for (const end = performance.now() + BLOCK_MS; performance.now() < end;);
};

const at = (point: string): void => {
  if (isNow(point)) die();
};

const troubleFile = process.env['DISK_TROUBLE'] ?? '';

/** `step`, on a disk that may be in trouble. */
const onDisk = (step: Observable<never>): Observable<never> =>
  defer(() => {
    if (troubleFile === '' || !existsSync(troubleFile)) return step;
    const [code = '', where] = readFileSync(troubleFile, 'utf8').split(' ');
    const fails = throwError(() => Object.assign(new Error(`${code}: made by a test`), { code }));
    return where === 'fsync' ? concat(step, fails) : fails;
  });

const then = (act: () => void) => defer(() => (act(), EMPTY));

/** Whether what is appended to the log claims something that is to be sent. */
const holdsClaim = (data: string): boolean => {
  const text = textOfLines(data);
  return text.includes('"kind":"claim"') && text.includes('"state":"claimed"');
};

const isToSend = ({ deliveries }: Claim): boolean => deliveries.some(({ state }) => state === 'claimed');

const crashingStore = (store: Store): Store => ({
  ...store,
  claim: (claim) =>
    isToSend(claim)
      ? concat(
          then(() => at('K1')),
          store.claim(claim),
          then(() => at('K3')),
        )
      : store.claim(claim),
  transition: (change) =>
    concat(
      store.transition(change),
      then(() => {
        if (change.to.state === 'sending') at('K4');
        if (change.from === 'sending') at('K8');
        if (change.to.state === 'sending' && isNow('HEAP')) fillMemory();
        if (change.to.state === 'sending' && isNow('BLOCK')) block();
      }),
    ),
});

const crashingFiles = (files: Files): Files => ({
  ...files,
  append: (path) =>
    files.append(path).pipe(
      map((file) => ({
        ...file,
        append: (data) =>
          holdsClaim(data) && isNow('K2')
            ? concat(file.append(data.slice(0, data.length >> 1)), then(die))
            : onDisk(file.append(data)),
      })),
    ),
  create: (path, data) => onDisk(files.create(path, data)),
  rename: (from, to) =>
    concat(
      files.rename(from, to),
      then(() => at('K10')),
    ),
});

const crashingHttp = (http: Http): Http => ({
  request: (request) => http.request(request).pipe(tap({ next: () => at('K7'), error: () => at('K7') })),
});

const crashingSource = (source: Source): Source => ({
  ...source,
  event$: source.event$.pipe(
    tap((event) => {
      if (event.kind === 'bar') at('K0');
    }),
  ),
  history: { bars: (...series) => source.history.bars(...series).pipe(tap(() => at('K9'))) },
});

const loaded = config.load({ config: process.argv[2], env: process.env });
if (!loaded.ok) throw new Error('the settings of a test are wrong');
const { source, store, sinks, ...others } = loaded.settings;
const host = createHost({
  settings: {
    ...others,
    source: { ...source, create: (context) => crashingSource(source.create(context)) },
    store: {
      ...store,
      create: (context: Context) => crashingStore(store.create({ ...context, files: crashingFiles(context.files) })),
    },
    sinks: sinks.map((sink) => ({
      ...sink,
      create: (context: Context) => sink.create({ ...context, http: crashingHttp(context.http) }),
    })),
  },
});
host.log.info({ component: 'monitor', event: 'monitor-started' }, 'started, to crash');
process.exitCode = await host.run(host.monitor());
