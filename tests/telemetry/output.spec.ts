import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../src/telemetry/log.js';
import { createOutput } from '../../src/telemetry/output.js';

const posix = process.platform !== 'win32';

describe('F81: output never kills the service', () => {
  let folder: string;
  let open: number[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'output-'));
    open = [];
  });
  afterEach(() => {
    open.forEach((fd) => closeSync(fd));
    rmSync(folder, { recursive: true });
  });
  const opened = (path: string, flags: string | number): number => {
    const fd = openSync(path, flags);
    open.push(fd);
    return fd;
  };

  it('has written when it returns', () => {
    const path = join(folder, 'out');
    const output = createOutput(opened(path, 'w'));
    output.write('eins\n');
    output.write('币安\n');
    expect(readFileSync(path, 'utf8')).toBe('eins\n币安\n');
    expect(output.lost()).toBe(0);
  });

  it.runIf(posix)('survives a reader that has gone (EPIPE), through the log too', () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const output = createOutput(opened(path, constants.O_WRONLY));
    closeSync(reader);
    const log = createLog({ level: 'info', format: 'json', secrets: () => [], destination: output });
    log.info({ component: 'run', event: 'monitor-started' }, 'Nobody hears this.');
    output.write('nor this');
    expect(output.lost()).toBe(2);
  });

  it.runIf(posix)('waits for a reader that is slower than it is', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const copy = join(folder, 'copy');
    const reader = spawn('cat', [path], { stdio: ['ignore', opened(copy, 'w'), 'ignore'] });
    const output = createOutput(fd);
    // Many times what a pipe holds.
    output.write('x'.repeat(1 << 22));
    closeSync(fd);
    await new Promise((done) => reader.on('close', done));
    expect(output.lost()).toBe(0);
    expect(readFileSync(copy, 'utf8')).toHaveLength(1 << 22);
  });

  it.runIf(posix)('gives a reader that has stopped a moment, then goes on without it', () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    opened(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const output = createOutput(opened(path, constants.O_WRONLY | constants.O_NONBLOCK));
    output.write('x'.repeat(1 << 22));
    expect(output.lost()).toBe(1);
  });

  it.runIf(existsSync('/dev/full'))('survives a full disk (ENOSPC)', () => {
    const output = createOutput(opened('/dev/full', 'w'));
    output.write('x');
    output.write('x');
    expect(output.lost()).toBe(2);
  });
});
