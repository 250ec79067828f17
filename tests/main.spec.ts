import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/*
 * The built program as a person or a supervisor starts it. `npm test` builds it first.
 */

const MAIN = resolve('dist/main.js');
const CANARY = 'canary-5c1f';

let folder = '';
const at = (name: string): string => join(folder, name);
const inFolder = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  return at(name);
};

beforeAll(() => {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: node build.mjs makes it');
  folder = mkdtempSync(join(tmpdir(), 'main-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Only what is given here is in its environment. */
const start = (argv: readonly string[], env: Record<string, string> = {}, cwd = '.') => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...argv], {
    env,
    cwd,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, out: stdout, err: stderr };
};

describe('usage', () => {
  it.each([
    [['replya'], "error: unknown command 'replya'\n(Did you mean replay?)"],
    [['--confg', 'x.yaml'], "error: unknown option '--confg'\n(Did you mean --config?)"],
    [['run', 'x.yaml'], "error: too many arguments for 'run'. Expected 0 arguments but got 1."],
    [['demo', '--speed', 'fast'], "error: option '--speed <n>' argument 'fast' is invalid. It should be a number above 0."],
    [['demo', '--seconds', '0'], "error: option '--seconds <n>' argument '0' is invalid. It should be a number above 0."],
    [['simulate'], "error: required option '--port <n>' not specified"],
    [
      ['simulate', '--port', '70000'],
      "error: option '--port <n>' argument '70000' is invalid. It should be a whole number from 0 to 65535; 0 takes any free port.",
    ],
    [
      ['simulate', '--port', '0', '--start', 'noon'],
      "error: option '--start <time>' argument 'noon' is invalid. It should be such as 2025-10-10T20:00:00Z, or milliseconds since 1970.",
    ],
    [
      ['simulate', '--port', '0', '--interval', '7m'],
      "error: option '--interval <interval>' argument '7m' is invalid. Allowed choices are 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d.",
    ],
    [['replay'], "error: required option '--bars <path...>' not specified"],
    [
      ['replay', '--bars', 'x', '--market', 'futures'],
      "error: option '--market <market>' argument 'futures' is invalid. Allowed choices are usdm, spot.",
    ],
    [
      ['deliveries', '--since', '5'],
      "error: option '--since <time>' argument '5' is invalid. It should be a time with its unit, such as 90m, 1h or 7d.",
    ],
    [['deliveries', '--state', 'lost'], 'It should be some of claimed, sending, waiting, unknown, delivered'],
    [['deliveries', 'resend'], "error: missing required argument 'id'"],
  ])('%j is refused with 64 and a sentence', (argv, sentence) => {
    const { status, out, err } = start(argv);
    expect(err).toContain(sentence);
    expect({ status, out }).toStrictEqual({ status: 64, out: '' });
  });

  it('is explained by --help', () => {
    const { status, out, err } = start(['--help']);
    expect({ status, err }).toStrictEqual({ status: 0, err: '' });
    for (const command of ['run', 'demo', 'simulate', 'replay', 'check', 'explain', 'why-not', 'nearest', 'deliveries'])
      expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(out).not.toContain('schema');
    expect(start(['help', 'replay']).out).toContain('--bars <path...>');
  });

  it('gives a command below a command the options that follow it', () => {
    const { status, out, err } = start(['deliveries', 'verify', '--set', `store.path=${at('no-store')}`]);
    expect({ status, err }).toStrictEqual({ status: 0, err: '' });
    expect(out).toContain(`0 deliveries expected in ${at('no-store')}: 0 ended`);
    expect(existsSync(at('no-store'))).toBe(false);
  });

  it('knows its version', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(start(['--version'])).toStrictEqual({ status: 0, out: `${version}\n`, err: '' });
  });
});

describe('check', () => {
  it('says that settings are valid, and what they choose', () => {
    const { status, out, err } = start(['check', '--config', 'config/default.yaml', '--set', 'pipeline.cooldown=1h']);
    expect({ status, err }).toStrictEqual({ status: 0, err: '' });
    expect(out.split('\n')).toStrictEqual([
      'config/default.yaml: valid',
      '  source   binance (markets usdm, interval 15m)',
      '  pipeline momentum (moveThreshold 3, volumeLogZThreshold 3, liquidityLevel 10000, unknownLiquidity low, shortHistory judge, cooldown 1h)',
      '  store    lowdb (path data)',
      '  sinks    console',
      '',
    ]);
  });

  it('takes config/default.yaml, or CONFIG_PATH, when no file is named', () => {
    expect(start(['check']).out).toMatch(/^config\/default\.yaml: valid\n/);
    expect(
      start(['check'], {
        CONFIG_PATH: 'config/demo.yaml',
        DISCORD_WEBHOOK_URL: `http://127.0.0.1:1/api/webhooks/12345678901234567/${'t'.repeat(68)}`,
      }).out,
    ).toMatch(/^config\/demo\.yaml: valid\n/);
  });

  it('needs no file, reads no .env, and says what the environment chose', () => {
    inFolder('.env', 'TIMEFRAME=nonsense\n');
    const { status, out } = start(['check'], { PRICE_THRESHOLD: '4', SCAN_INTERVAL: '60' }, folder);
    expect(status).toBe(0);
    expect(out.split('\n')).toStrictEqual([
      'settings: valid',
      '  source   binance, interval 15m',
      '  pipeline classic (priceThreshold from PRICE_THRESHOLD)',
      '  store    lowdb',
      '  sinks    console',
      'note: PRICE_THRESHOLD: the classic pipeline is used',
      'warning: SCAN_INTERVAL: ignored, bars are pushed by the exchange now, nothing is scanned',
      '',
    ]);
  });

  it('says everything that is wrong, on standard error, with 78', () => {
    const file = inFolder('bad.yaml', 'pipeline:\n  type: momentum\n  cooldown: 30\nsink: []\n');
    const { status, out, err } = start(['check', '-c', file, '--set', 'log.level=loud'], { TIMEFRAME: CANARY });
    expect({ status, out }).toStrictEqual({ status: 78, out: '' });
    expect(err.replaceAll(file, 'bad.yaml').split('\n')).toStrictEqual([
      'bad.yaml:3:13 pipeline.cooldown: is 30, should be a duration with its unit, such as 30m, 1.5s or 250ms',
      'bad.yaml:4:1 sink: unknown key, did you mean sinks?',
      'environment TIMEFRAME source.interval: is not usable, should be one of 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d',
      '--set log.level: is "loud", should be one of trace, debug, info, warn, error, fatal, silent',
      '',
    ]);
  });

  it('says that a file is missing', () => {
    expect(start(['check', '--config', 'config/none.yaml'])).toStrictEqual({
      status: 78,
      out: '',
      err: 'config/none.yaml: does not exist, should be a settings file\n',
    });
  });

  it('shows at most fifty problems', () => {
    const file = inFolder('many.yaml', Array.from({ length: 60 }, (_, i) => `unknown${i}: 1\n`).join(''));
    const lines = start(['check', '-c', file]).err.trimEnd().split('\n');
    expect([lines.length, lines.at(-1)]).toStrictEqual([51, 'and 10 more']);
  });

  it('never prints a secret', () => {
    const webhook = `https://discord.com/api/webhooks/12345678901234567/${CANARY.repeat(7)}`;
    const good = start(['check'], { DISCORD_WEBHOOK_URL: webhook });
    const bad = start(['check'], { DISCORD_WEBHOOK_URL: `"${webhook}"` });
    expect([good.status, bad.status]).toStrictEqual([0, 78]);
    expect(good.out).toContain('console, discord');
    expect(bad.err).toContain('${DISCORD_WEBHOOK_URL}');
    expect(good.out + good.err + bad.out + bad.err).not.toContain(CANARY);
  });
});

describe('run and replay', () => {
  it.each([[[]], [['run']], [['replay', '--bars', 'x']]])('%j begins nothing with settings that are wrong', (argv) => {
    const file = inFolder('wrong.yaml', 'pipelines: {}\n');
    const { status, out, err } = start([...argv, '--config', file], {}, folder);
    expect({ status, out, err: err.replace(folder, '…') }).toStrictEqual({
      status: 78,
      out: '',
      err: '…/wrong.yaml:1:1 pipelines: unknown key, did you mean pipeline?\n',
    });
    expect(existsSync(at('data'))).toBe(false);
  });
});

describe('schema', () => {
  it('is the one that editors are given', () => {
    expect(start(['schema']).out).toBe(readFileSync('config/monitor.schema.json', 'utf8'));
  });
});
