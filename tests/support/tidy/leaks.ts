import type { ProjectFile, Violation } from './file.js';

const LEAKS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a path of some machine', /(?<![\w.])\/(?:home|Users|root)\/[a-z][\w.-]*\/|\bC:\\Users\\|(?<![\w.$}])\/work\/[a-z]+/i],
  [
    'a package registry',
    /\bhttps?:\/\/(?!registry\.npmjs\.org\b)[\w.:-]*(?:registry|artifactory|nexus|verdaccio|npmmirror|jfrog)[\w.:/-]*|^\s*(?:@[\w-]+:)?registry\s*=/im,
  ],
  ['what looks like a real webhook address', /webhooks\/\d{17,20}\/[\w-]{60,}/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
];

/** Committed files tell nothing about the machine they were written on, and hold no secret. */
export const leaks = ({ path, text }: ProjectFile): Violation[] =>
  text
    .split('\n')
    .flatMap((line, n) =>
      LEAKS.flatMap(([what, pattern]) => (pattern.test(line) ? [{ path, line: n + 1, what: `holds ${what}` }] : [])),
    );

/** The lock file names no host but the public registry's, or none at all. */
export const lockHosts = ({ path, text }: ProjectFile): Violation[] =>
  text
    .split('\n')
    .flatMap((line, n) =>
      /"resolved":\s*"(?!https:\/\/registry\.npmjs\.org\/)/.test(line)
        ? [{ path, line: n + 1, what: 'resolves from another registry' }]
        : [],
    );
