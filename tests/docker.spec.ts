import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** The instructions of a Dockerfile, comments left out and continued lines joined. */
const instructionsOf = (dockerfile: string): Instruction[] =>
  dockerfile
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ word: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1).trim() }));

/** From one `FROM` to the next. */
const stagesOf = (instructions: readonly Instruction[]): Instruction[][] => {
  const stages: Instruction[][] = [];
  for (const one of instructions) {
    if (one.word === 'FROM') stages.push([]);
    stages.at(-1)?.push(one);
  }
  return stages;
};

describe('Dockerfile', () => {
  const all = instructionsOf(read('Dockerfile'));
  const stages = stagesOf(all);
  const final = stages.at(-1) ?? [];
  const restOf = (word: string, stage: readonly Instruction[] = final): string[] =>
    stage.filter((one) => one.word === word).map(({ rest }) => rest);

  it('builds in one stage and runs in another, on the Node of one argument', () => {
    expect(stages.length).toBeGreaterThan(1);
    expect(all[0]).toStrictEqual({ word: 'ARG', rest: 'NODE_VERSION=24' });
    for (const stage of stages) expect(stage[0]?.rest).toMatch(/^node:\$\{NODE_VERSION\}-slim\b/);
  });

  it('installs exactly the lock file, and no development package or install script where it runs', () => {
    const installs = all.filter(({ rest }) => rest.startsWith('npm ')).map(({ rest }) => rest);
    expect(installs).toStrictEqual(['npm ci --ignore-scripts', 'npm run build', 'npm ci --omit=dev --ignore-scripts']);
    expect(restOf('COPY').find((rest) => rest.includes('node_modules'))).toMatch(/^--from=packages /);
  });

  it('copies only what exists, and keeps each folder a folder', () => {
    const copies = all
      .filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from'))
      .map(({ rest }) => rest.split(' '));
    for (const words of copies) {
      const [sources, target = ''] = [words.slice(0, -1), words.at(-1)];
      const folders = sources.filter((path) => statSync(join(root, path)).isDirectory());
      // Two sources with a folder among them would pour the folder's files out at the target.
      if (folders.length > 0) expect([sources, target]).toStrictEqual([folders.slice(0, 1), `./${folders[0]}`]);
    }
  });

  it('runs as nobody in particular and writes only its data', () => {
    expect(restOf('USER')).toStrictEqual(['65532:65532']);
    expect(restOf('VOLUME')).toStrictEqual(['/app/data']);
    expect(restOf('RUN')).toStrictEqual(['mkdir data && chown 65532:65532 data']);
    expect(restOf('ENV')).toContain('NODE_ENV=production');
  });

  it('starts node itself, so that signals reach it', () => {
    expect(restOf('CMD').map((rest) => JSON.parse(rest) as unknown)).toStrictEqual([
      ['node', '--enable-source-maps', 'dist/main.js'],
    ]);
    expect(restOf('STOPSIGNAL')).toStrictEqual(['SIGTERM']);
  });

  it('asks for health every minute, with node alone', async () => {
    const [check = ''] = restOf('HEALTHCHECK');
    expect(check).toMatch(/^--interval=60s --timeout=5s /);
    const [program, flag, script = ''] = JSON.parse(check.slice(check.indexOf('['))) as string[];
    expect([program, flag]).toStrictEqual(['node', '-e']);
    expect(script).toContain('/healthz');
    // As Docker would: with the status of the endpoint, and when nobody answers.
    const ask = (port: number) =>
      new Promise<number>((done) => {
        const asking = spawn(process.execPath, ['-e', script], { env: { HEALTH_PORT: String(port) } });
        asking.on('close', (code) => done(code ?? -1));
      });
    let status = 200;
    const server = createServer((_request, response) => response.writeHead(status).end());
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    expect(await ask(port)).toBe(0);
    status = 503;
    expect(await ask(port)).toBe(1);
    await new Promise((done) => server.close(done));
    expect(await ask(port)).toBe(1);
  });

  it('has no secret, and takes no file that could hold one', () => {
    expect(read('Dockerfile')).not.toMatch(/webhooks\/|DISCORD_WEBHOOK_URL|\s\.env/);
    const [first, ...kept] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    expect(kept.filter((line) => line.startsWith('!')).join()).not.toMatch(/\.env|data|tests|\.git/);
  });
});

describe('compose.yaml', () => {
  const compose = parse(read('compose.yaml'));
  const { monitor } = compose.services;

  it('can write one named volume and nothing else, and gain no rights', () => {
    expect(monitor).toMatchObject({
      read_only: true,
      tmpfs: [expect.stringMatching(/^\/tmp:size=/)],
      security_opt: ['no-new-privileges:true'],
      cap_drop: ['ALL'],
      volumes: ['data:/app/data'],
    });
    expect(compose.volumes).toHaveProperty('data');
    expect(monitor).not.toHaveProperty('privileged');
    expect(monitor).not.toHaveProperty('ports');
  });

  it('has limits: memory above the heap, processes, log files', () => {
    const heapMiB = Number(/--max-old-space-size=(\d+)/.exec(monitor.environment.NODE_OPTIONS)?.[1]);
    expect(Number.parseInt(monitor.mem_limit, 10)).toBeGreaterThan(heapMiB);
    expect(monitor.mem_limit).toMatch(/^\d+m$/);
    expect(monitor.pids_limit).toBeGreaterThan(0);
    expect(monitor.logging).toStrictEqual({ driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } });
  });

  it('restarts, forwards signals, and leaves time to finish what is on its way', () => {
    expect(monitor).toMatchObject({ restart: 'unless-stopped', init: true });
    expect(Number.parseInt(monitor.stop_grace_period, 10)).toBeGreaterThan(8);
  });

  it('takes secrets from a file beside it that need not be there, and holds none', () => {
    expect(monitor.env_file).toStrictEqual([{ path: '.env', required: false }]);
    expect(read('compose.yaml')).not.toMatch(/webhooks\//);
  });
});
