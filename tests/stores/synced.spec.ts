import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/*
 * The simulated disk shows that the store survives as long as the file port syncs where it says so. Node's own trace of file
 * operations shows that the real one does.
 */

let work: string;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'synced-'));
  await build({
    entryPoints: [join(import.meta.dirname, 'child.ts')],
    outfile: join(work, 'child.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
});
afterAll(() => {
  rmSync(work, { recursive: true });
});

interface Traced {
  readonly ph: string;
  readonly name: string;
}

/** Names of the file operations that change something or sync, in order of their end. */
const operationsOf = (trace: string): readonly string[] =>
  (JSON.parse(readFileSync(trace, 'utf8')) as { readonly traceEvents: readonly Traced[] }).traceEvents
    .filter(({ ph, name }) => ph === 'e' && ['write', 'fdatasync', 'fsync', 'rename'].includes(name))
    .map(({ name }) => name);

describe('the files of this machine', () => {
  it('F69: are synced after every single write, and folders after every change of names', async () => {
    const folder = join(work, 'store');
    mkdirSync(folder);
    const trace = join(work, 'trace.json');
    const options = ['--trace-event-categories', 'node.fs.async', '--trace-event-file-pattern', trace];
    const child = spawn(process.execPath, [...options, join(work, 'child.mjs'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    let isMoved = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      // Without its log it says so and ends, and then Node writes the trace.
      if (!isMoved && said.split('\n').length > 40) {
        isMoved = true;
        renameSync(join(folder, 'state.log'), join(folder, 'taken'));
      }
    });
    await once(child, 'close');
    expect(said).toMatch(/failed .*is gone/);
    const operations = operationsOf(trace);
    const writes = operations.filter((name) => name === 'write').length;
    expect(writes).toBeGreaterThan(35);
    expect(operations.filter((name) => name === 'fdatasync').length).toBeGreaterThan(35);
    for (const [i, name] of operations.entries()) {
      if (name === 'write') expect(operations[i + 1], `operation ${i}`).toMatch(/^f(?:data)?sync$/);
      // A chain of renames is made durable before anything is written again.
      if (name === 'rename')
        expect(
          operations.slice(i + 1).find((next) => next !== 'rename'),
          `operation ${i}`,
        ).toBe('fsync');
    }
  });
});
