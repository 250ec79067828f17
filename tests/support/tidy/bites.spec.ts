import { describe, expect, it } from 'vitest';
import { clocks, environment, honestTests, purity, replays, subjects, subscribes, taps, waits } from './bans.js';
import { diagrams, drawn, rowsOf } from './diagrams.js';
import type { Source, Violation } from './file.js';
import { parse, show } from './file.js';
import { floors } from './floors.js';
import { leaks, lockHosts } from './leaks.js';
import { lists, operatorSpecs } from './lists.js';
import { classes, namedExports, names, sizes, staleExceptions } from './shape.js';

/*
 * The checks bite: each of them is shown a sin and a near miss.
 */

const OPERATOR = 'src/operators/bars/x.ts';
const SINK = 'src/sinks/x.ts';

const said = (check: (source: Source) => Violation[], path: string, text: string): string[] => check(parse(path, text)).map(show);
const many = (check: (sources: Source[]) => Violation[], files: Readonly<Record<string, string>>): string[] =>
  check(Object.entries(files).map(([path, text]) => parse(path, text))).map(show);

describe('floors', () => {
  it.each([
    [
      'src/model/x.ts',
      `import type { Sink } from '../ports/sink.js';`,
      'src/model/x.ts:1 model may not import src/ports/sink.ts',
    ],
    [SINK, `\nimport { a } from '../operators/a/a.js';`, `${SINK}:2 sinks may not import src/operators/a/a.ts`],
    [
      'src/simulator/x.ts',
      `export * from '../sources/binance/kline.js';`,
      'src/simulator/x.ts:1 simulator may not import src/sources/binance/kline.ts',
    ],
    [
      'src/sources/x.ts',
      `import { a } from '../operators/bars/a.js';`,
      'src/sources/x.ts:1 sources may not import src/operators/bars/a.ts',
    ],
    ['src/config/x.ts', `import { a } from '../runtime/a.js';`, 'src/config/x.ts:1 config may not import src/runtime/a.ts'],
    [
      OPERATOR,
      `const a = await import('../../telemetry/log.js');`,
      `${OPERATOR}:1 operators may not import src/telemetry/log.ts`,
    ],
    [OPERATOR, `type A = import('../../sinks/a.js').A;`, `${OPERATOR}:1 operators may not import src/sinks/a.ts`],
    ['pipelines/x.ts', `import { a } from '../src/run.js';`, 'pipelines/x.ts:1 pipelines may not import src/run.ts'],
    [OPERATOR, `import { readFile } from 'node:fs';`, `${OPERATOR}:1 operators may not import node:fs`],
    [SINK, `import { request } from 'undici';`, `${SINK}:1 sinks may not import undici`],
    ['src/stores/x.ts', `import { open } from 'node:fs/promises';`, 'src/stores/x.ts:1 stores may not import node:fs/promises'],
    ['src/attic/x.ts', '', 'src/attic/x.ts:1 is in no room of the house'],
  ])('refuse in %s: %s', (path, text, expected) => expect(said(floors, path, text)).toStrictEqual([expected]));

  it.each([
    ['src/sources/x.ts', `import { reconnect } from '../operators/connection/reconnect.js';`],
    ['src/sinks/discord/x.ts', `import { a } from '../words/a.js'; import { map } from 'rxjs';`],
    ['src/run.ts', `import { createHttp } from './runtime/http.js';`],
    ['pipelines/x.ts', `import { a } from '../src/operators/bars/a.js'; import { z } from 'zod';`],
    ['src/stores/lowdb.ts', `import { Low } from 'lowdb';`],
    ['tests/x.spec.ts', `import { a } from '../src/run.js'; import ws from 'ws';`],
  ])('let in %s: %s', (path, text) => expect(said(floors, path, text)).toStrictEqual([]));
});

describe('bans', () => {
  it.each([
    ['Date', 'const a = Date.now();'],
    ['Date', 'const a = new Date();'],
    ['setTimeout', 'setTimeout(f, 1);'],
    ['Promise', 'const a = Promise.resolve(1);'],
    ['firstValueFrom', 'const a = firstValueFrom(b$);'],
    ['Math.random', 'const a = Math.random();'],
    ['process', 'const a = process.argv;'],
    ['console', 'console.log(1);'],
    ['fetch', 'fetch(url);'],
  ])('%s in operators: %s', (name, text) =>
    expect(said(purity, OPERATOR, text)).toStrictEqual([`${OPERATOR}:1 ${name} is banned here`]),
  );

  it('async and await in operators', () => {
    expect(said(purity, OPERATOR, 'const f = async () => {\n  await g();\n};')).toHaveLength(2);
  });

  it('nothing else in operators, and nothing elsewhere', () => {
    const innocent = `// Date.now()\nconst a = new Date(bar.openTimeMs); const b = 'setTimeout'; const c = { process: 1 }.process; z.date();`;
    expect(said(purity, OPERATOR, innocent)).toStrictEqual([]);
    expect(said(purity, SINK, 'const f = async () => Promise.resolve(1);')).toStrictEqual([]);
  });

  it('clocks and chance outside src/runtime, unless excepted', () => {
    const text = 'Date.now(); new Date(); setTimeout(f, 1); setInterval(f, 1); Math.random(); performance.now(); new Date(0);';
    expect(said(clocks({}), SINK, text)).toHaveLength(6);
    expect(said(clocks({ [SINK]: 'why' }), SINK, text)).toStrictEqual([]);
    expect(said(clocks({}), 'src/runtime/x.ts', text)).toStrictEqual([]);
  });

  it('waits on no clock', () => {
    const text = `timer(5); delay(5); timeout({ each: 5 }); timer(5, scheduler); delay(5, wireTime); timeout({ each: 5, scheduler: marketTime });`;
    expect(said(waits, SINK, text)).toHaveLength(3);
  });

  it('the environment deep inside', () => {
    expect(said(environment, SINK, `const a = process.env['X'];`)).toStrictEqual([
      `${SINK}:1 process.env belongs to main.ts and commands`,
    ]);
    expect(said(environment, 'src/main.ts', `const a = process.env['X'];`)).toStrictEqual([]);
  });

  it('subscribing where it is not listed, and within another everywhere', () => {
    const nested = 'a$.subscribe((a) => {\n  b$.subscribe(a);\n});';
    expect(said(subscribes({}), SINK, 'a$.subscribe();')).toStrictEqual([
      `${SINK}:1 subscribes, and is not listed as one that may`,
    ]);
    expect(said(subscribes({ [SINK]: 'why' }), SINK, 'a$.subscribe();')).toStrictEqual([]);
    expect(said(subscribes({}), 'src/runtime/x.ts', nested)).toStrictEqual(['src/runtime/x.ts:2 subscribes within a subscribe']);
  });

  it('subjects, taps and endless replays', () => {
    const text = 'new Subject<A>(); new BehaviorSubject(1); new ReplaySubject(1);';
    expect(said(subjects({}), SINK, text)).toHaveLength(3);
    expect(said(subjects({ [SINK]: 'why' }), SINK, text)).toStrictEqual([]);
    expect(said(taps({}), OPERATOR, 'a$.pipe(tap(f));')).toHaveLength(1);
    expect(said(taps({ [OPERATOR]: 'why' }), OPERATOR, 'a$.pipe(tap(f));')).toStrictEqual([]);
    expect(said(replays, SINK, 'shareReplay(1); shareReplay({ bufferSize: 1, refCount: false });')).toHaveLength(2);
    expect(said(replays, SINK, 'shareReplay({ bufferSize: 1, refCount: true });')).toStrictEqual([]);
  });

  it('mocks and focused tests', () => {
    expect(
      said(honestTests, 'tests/x.spec.ts', `vi.mock('x'); vi.useFakeTimers(); it.only('x', f); it.skipIf(a)('x', f);`),
    ).toHaveLength(3);
  });
});

describe('shape', () => {
  it('refuses names that say nothing', () => {
    expect(said(names, 'src/sinks/sink-manager.ts', 'export const a = 1;')).toHaveLength(1);
    expect(said(names, 'src/sinks/utils.ts', 'export const a = 1;')).toHaveLength(1);
    expect(said(names, 'src/sinks/someThing.ts', 'export const a = 1;')).toHaveLength(1);
    expect(
      said(names, SINK, 'export interface TradeEngine {}\nexport const parseHelper = 1;\nconst eventHandler = 1;'),
    ).toHaveLength(2);
    expect(said(names, 'tests/vitest.soak.config.ts', 'export const a = 1;')).toStrictEqual([]);
  });

  it('refuses files that are too long', () => {
    const lines = (count: number) => '//\n'.repeat(count);
    expect(sizes({ path: SINK, text: lines(250) })).toStrictEqual([]);
    expect(sizes({ path: SINK, text: lines(251) }).map(show)).toStrictEqual([`${SINK}:251 251 lines, at most 250`]);
    expect(sizes({ path: 'tests/x.spec.ts', text: lines(400) })).toStrictEqual([]);
    expect(sizes({ path: 'tests/x.spec.ts', text: lines(401) })).toHaveLength(1);
  });

  it('refuses classes that are no errors, and default exports', () => {
    expect(
      said(classes({}), SINK, 'class A {}\nclass B extends Subject {}\nclass C extends Error {}\nclass D extends StoreError {}'),
    ).toHaveLength(2);
    expect(said(classes({ [SINK]: 'why' }), SINK, 'class A {}')).toStrictEqual([]);
    expect(said(namedExports, SINK, 'export default a;')).toHaveLength(1);
    expect(said(namedExports, SINK, 'export default function f() {}')).toHaveLength(1);
    expect(said(namedExports, SINK, 'switch (a) { default: f(); }')).toStrictEqual([]);
  });

  it('refuses exceptions for files that are gone', () => {
    expect(staleExceptions({ CLOCKS: { [SINK]: 'why', 'src/gone.ts': 'why' } }, new Set([SINK])).map(show)).toStrictEqual([
      'src/gone.ts:1 is excepted in CLOCKS and does not exist',
    ]);
  });
});

describe('leaks', () => {
  const leak = (text: string) => leaks({ path: 'a.md', text }).map(show);
  it.each([
    ['a path of some machine', ['', 'home', 'someone', 'code/x.ts'].join('/')],
    ['a path of some machine', ['', 'work', 'main'].join('/')],
    ['a package registry', ['https:/', 'registry.corp.example', 'npm'].join('/')],
    ['a package registry', ['registry', 'https://x.example'].join('=')],
    ['what looks like a real webhook address', `https://discord.com/api/webhooks/${'1'.repeat(18)}/${'x'.repeat(68)}`],
    ['a private key', ['-----BEGIN RSA PRIVATE', 'KEY-----'].join(' ')],
  ])('are found: %s', (what, text) => expect(leak(`one\n${text}\n`)).toStrictEqual([`a.md:2 holds ${what}`]));

  it('are not seen where there are none', () => {
    expect(leak('/app/data ./home/x/y https://registry.npmjs.org/ webhooks/123/token homework/main')).toStrictEqual([]);
  });

  it('in the lock file are other hosts', () => {
    const text = '"resolved": "https://registry.npmjs.org/a"\n"resolved": "https://mirror.example/a"';
    expect(lockHosts({ path: 'package-lock.json', text }).map(show)).toStrictEqual([
      'package-lock.json:2 resolves from another registry',
    ]);
  });
});

describe('lists', () => {
  const plugin = 'export const x = defineSink({});';
  it('miss a plug-in that is not imported or not in the array', () => {
    const missing = [`${SINK}:1 x is not in the list of src/sinks/index.ts`];
    expect(many(lists, { [SINK]: plugin })).toStrictEqual(missing);
    expect(
      many(lists, { [SINK]: plugin, 'src/sinks/index.ts': `import { x } from './x.js';\nexport const sinks = [];` }),
    ).toStrictEqual(missing);
    expect(
      many(lists, { [SINK]: plugin, 'src/sinks/index.ts': `import { x } from './x.js';\nexport const sinks = [x] as const;` }),
    ).toStrictEqual([]);
  });

  const operator = 'export const x = (): OperatorFunction<A, B> => map(f);';
  it('miss the spec of an operator, and of a part that no spec reaches', () => {
    expect(many(operatorSpecs, { [OPERATOR]: operator })).toStrictEqual([
      `${OPERATOR}:1 has no spec tests/operators/bars/x.spec.ts`,
    ]);
    expect(many(operatorSpecs, { [OPERATOR]: operator, 'tests/operators/bars/x.spec.ts': '' })).toStrictEqual([]);
    const part = { 'src/operators/bars/part.ts': 'export const part = 1;' };
    const whole = `import { part } from './part.js';\n${operator}`;
    expect(many(operatorSpecs, { ...part, 'tests/operators/bars/x.spec.ts': '' })).toHaveLength(1);
    const spec = `import { x } from '../../../src/operators/bars/x.js';`;
    expect(many(operatorSpecs, { ...part, [OPERATOR]: whole, 'tests/operators/bars/x.spec.ts': spec })).toStrictEqual([]);
  });
});

describe('diagrams', () => {
  const draw = (...rows: string[]) =>
    `/**\n * Text.\n *\n * \`\`\`\n${rows.map((row) => ` * ${row}\n`).join('')} * \`\`\`\n */\n`;
  const marbles = (row: string) => rowsOf(draw(row)).map((one) => one.marbles);

  it.each([
    ['bar$             -a-x-b-y-c-|   a b c of one symbol', ['-a-x-b-y-c-|']],
    ['roster$          r-----------   a b c are expected', ['r-----------']],
    ['judged$          -abc-ab-----c', ['-abc-ab-----c']],
    ['dedupe, deliver  ---------A---   unless the store recalls it', ['---------A---']],
    ['deliverTo    -(sw) 1s (sd)--(sd)-|   sending, waiting', ['-(sw) 1s (sd)--(sd)-|']],
    ['pauses       1s 2s |', ['1s 2s |']],
    ['sink, first   #  refused, no pause named', ['#']],
    ['the first re-connect of an open-ended feed', []],
    ['rate = (close - open) / open', []],
    ['watchdog({ idleMs: 9, looks: 3 })', []],
  ])('are read: %s', (row, expected) => expect(marbles(row)).toStrictEqual(expected));

  const operator = 'export const x = (): OperatorFunction<A, B> => map(f);';
  it('that no spec holds are found, with their line', () => {
    const text = draw('a$  -a-b-|', 'x   -A--B|') + operator;
    const spec = `hot(' -a-b-| '); expect('-A-B-|');`;
    expect(many(diagrams, { [OPERATOR]: text, 'tests/operators/bars/x.spec.ts': spec })).toStrictEqual([
      `${OPERATOR}:6 '-A--B|' (x) is in no spec of it`,
    ]);
    expect(many(diagrams, { [OPERATOR]: text, 'tests/operators/bars/x-more.spec.ts': `${spec} '-A--B|'` })).toStrictEqual([]);
  });

  it('are missing from operators and pipelines that draw nothing', () => {
    expect(many(drawn, { [OPERATOR]: operator })).toStrictEqual([`${OPERATOR}:1 has no marble diagram in its doc comment`]);
    expect(
      many(drawn, { [OPERATOR]: draw('a$  -a-b-|') + operator, 'src/operators/bars/part.ts': 'export const part = 1;' }),
    ).toStrictEqual([]);
    expect(many(drawn, { 'pipelines/x.ts': 'export const x = definePipeline({});' })).toHaveLength(1);
  });
});
