import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clocks, environment, honestTests, purity, replays, subjects, subscribes, taps, waits } from './support/tidy/bans.js';
import { diagrams, drawn } from './support/tidy/diagrams.js';
import { CLASSES, CLOCKS, SUBJECTS, SUBSCRIBERS, TAPS } from './support/tidy/exceptions.js';
import type { ProjectFile, Source, Violation } from './support/tidy/file.js';
import { projectFiles, show, sourcesOf } from './support/tidy/file.js';
import { floors } from './support/tidy/floors.js';
import { leaks, lockHosts } from './support/tidy/leaks.js';
import { lists, operatorSpecs } from './support/tidy/lists.js';
import { classes, namedExports, names, sizes, staleExceptions } from './support/tidy/shape.js';

/*
 * The house rules (design.md §3, §4). Each check is a function over the text of files; that each of them bites is shown in
 * support/tidy/bites.spec.ts. A failure lists `file:line what is wrong`.
 */

const files = projectFiles();
const sources = sourcesOf(files);

const none = (violations: readonly Violation[]): void => expect(violations.map(show)).toStrictEqual([]);
const inEachSource = (check: (source: Source) => Violation[]): void => none(sources.flatMap(check));
const inEachFile = (check: (file: ProjectFile) => Violation[]): void => none(files.flatMap(check));

describe('the house', () => {
  it('has been read', () => {
    const paths = sources.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['src/model/bar.ts', 'pipelines/index.ts', 'tests/tidy.spec.ts']));
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['package.json', 'Dockerfile', '.ci/run', '.npmrc']));
  });

  describe('floors', () => {
    it('are entered from above only, and each package has its home', () => inEachSource(floors));
  });

  describe('time, chance and the outer world', () => {
    it('do not exist in operators and pipelines', () => inEachSource(purity));
    it('are read in src/runtime only', () => inEachSource(clocks(CLOCKS)));
    it('are waited for on a clock that was handed in', () => inEachSource(waits));
    it('give their environment to main and commands only', () => inEachSource(environment));
  });

  describe('streams', () => {
    it('are subscribed to by the run and by those listed, never within one another', () => inEachSource(subscribes(SUBSCRIBERS)));
    it('begin at their source, not in a Subject', () => inEachSource(subjects(SUBJECTS)));
    it('pass through stages without side effects', () => inEachSource(taps(TAPS)));
    it('are replayed with reference counting', () => inEachSource(replays));
  });

  describe('files', () => {
    it('have names that say something', () => inEachSource(names));
    it('fit on a few screens', () => inEachFile(sizes));
    it('hold functions, and classes only for errors', () => inEachSource(classes(CLASSES)));
    it('export by name', () => inEachSource(namedExports));
    it('hold no machine path, registry or secret', () => inEachFile(leaks));
    it('that are excepted exist', () => {
      none(staleExceptions({ CLASSES, CLOCKS, SUBJECTS, SUBSCRIBERS, TAPS }, new Set(files.map(({ path }) => path))));
    });
    it('are installed from the public registry', () => {
      const path = 'package-lock.json';
      none(lockHosts({ path, text: readFileSync(join(import.meta.dirname, '..', path), 'utf8') }));
    });
  });

  describe('parts', () => {
    it('are in the list of their folder', () => none(lists(sources)));
    it('that are operators or pipelines have a spec', () => none(operatorSpecs(sources)));
    it('that are operators or pipelines are drawn', () => none(drawn(sources)));
    it('are drawn as they are tested', () => none(diagrams(sources)));
  });

  describe('tests', () => {
    it('use fakes instead of mocks, and all of them run', () => inEachSource(honestTests));
  });
});
