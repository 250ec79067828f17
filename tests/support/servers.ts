import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closedPort } from './loopback.js';
import { until } from './program.js';

/*
 * Real database servers for tests: each a process of its own on a free port of loopback, with its data in a temporary folder.
 */

export interface DatabaseServer {
  readonly port: number;
  /** The address, with its password, as settings hold it; of another port when a proxy stands between. */
  url(port?: number): string;
  /** Ends it without a word; what it has acknowledged should be there when it is started again. */
  crash(): Promise<void>;
  /** Starts the same data again, after it was killed. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/** A password that must never be seen anywhere. */
export const DATABASE_PASSWORD = 'canary-password-of-the-database';

const runs = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

const postgresFolder = (): string | null => {
  if (runs('initdb')) return '';
  try {
    const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => `/usr/lib/postgresql/${version}/bin/`).find((folder) => runs(`${folder}initdb`)) ?? null;
  } catch {
    return null;
  }
};

/** PostgreSQL refuses to run as root: then it runs as the user that its package has made. */
const userForPostgres = (): { readonly uid?: number; readonly gid?: number } | null => {
  if (process.getuid?.() !== 0) return {};
  const idOf = (what: string): number => Number(execFileSync('id', [what, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: idOf('-u'), gid: idOf('-g') };
  } catch {
    return null;
  }
};

const FOLDER = postgresFolder();
const USER = FOLDER === null ? null : userForPostgres();

/** What is on this machine. What is not is said, and its tests are left out. */
export const HAS_REDIS = runs('redis-server');
export const HAS_POSTGRES = FOLDER !== null && USER !== null;
if (!HAS_REDIS) console.log('redis-server is not installed: the tests of the redis store are left out');
if (!HAS_POSTGRES) console.log('postgresql is not installed: the tests of the postgres store are left out');

interface Recipe {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly url: (port: number) => string;
  readonly spawn: () => ChildProcess;
  readonly stop: NodeJS.Signals;
  readonly crash: NodeJS.Signals;
  /** What it says when it takes questions. */
  readonly ready: string;
}

const serverOf = async ({ name, folder, port, url, spawn: begin, stop, crash, ready }: Recipe): Promise<DatabaseServer> => {
  let child: ChildProcess | null = null;
  let said = '';
  const start = async (): Promise<void> => {
    const started = begin();
    child = started;
    said = '';
    for (const stream of [started.stdout, started.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until(`${name} takes questions`, () => {
      if (started.exitCode !== null) throw new Error(`${name} ended: ${said}`);
      return said.includes(ready);
    });
  };
  const ended = (): Promise<unknown> =>
    until(`${name} ends`, () => child === null || child.exitCode !== null || child.signalCode !== null);
  // Should the test's own process be ended, the server goes with it.
  const atExit = (): void => void child?.kill('SIGKILL');
  process.on('exit', atExit);
  await start();
  return {
    port,
    url: (other = port) => url(other),
    crash: async () => {
      child?.kill(crash);
      await ended();
    },
    start,
    close: async () => {
      child?.kill('SIGCONT');
      child?.kill(stop);
      await ended();
      process.off('exit', atExit);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A Redis that loses nothing it has acknowledged, unless other settings are given. */
export const startRedis = async (settings: Readonly<Record<string, string>> = {}): Promise<DatabaseServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await closedPort();
  const all = { appendonly: 'yes', appendfsync: 'always', save: '', requirepass: DATABASE_PASSWORD, ...settings };
  const options = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  return serverOf({
    name: 'redis-server',
    folder,
    port,
    url: (at) => `redis://:${DATABASE_PASSWORD}@127.0.0.1:${at}/0`,
    spawn: () => spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...options]),
    stop: 'SIGTERM',
    crash: 'SIGKILL',
    ready: 'Ready to accept connections',
  });
};

export const startPostgres = async (): Promise<DatabaseServer> => {
  if (FOLDER === null || USER === null) throw new Error('postgresql is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const port = await closedPort();
  const password = join(folder, 'password');
  const data = join(folder, 'data');
  writeFileSync(password, DATABASE_PASSWORD);
  for (const path of [folder, password])
    if (USER.uid !== undefined && USER.gid !== undefined) chownSync(path, USER.uid, USER.gid);
  const asUser = { ...USER, cwd: folder, env: { LC_ALL: 'C', PATH: process.env['PATH'] ?? '' } };
  const made = spawnSync(
    `${FOLDER}initdb`,
    ['-D', data, '-U', 'monitor', '-A', 'scram-sha-256', `--pwfile=${password}`, '-E', 'UTF8', '--no-sync', '--no-instructions'],
    { ...asUser, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stdout}${made.stderr}`);
  const options = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 40,
    shared_buffers: '16MB',
  };
  return serverOf({
    name: 'postgres',
    folder,
    port,
    url: (at) => `postgres://monitor:${DATABASE_PASSWORD}@127.0.0.1:${at}/postgres`,
    spawn: () =>
      spawn(
        `${FOLDER}postgres`,
        ['-D', data, ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
        asUser,
      ),
    // A fast shutdown: whoever is connected is cut.
    stop: 'SIGINT',
    // Without a word to its clients and without a checkpoint. SIGKILL would leave its children running.
    crash: 'SIGQUIT',
    ready: 'database system is ready to accept connections',
  });
};
