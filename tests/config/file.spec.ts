import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFile } from '../../src/config/file.js';
import { formatProblem } from '../../src/config/node.js';
import { config } from './fakes.js';

let folder = '';
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
  writeFileSync(at('good.yaml'), 'log: { level: warn }\n');
  writeFileSync(at('latin.yaml'), Buffer.from([0x6c, 0x3a, 0x20, 0xe4]));
  writeFileSync(at('large.yaml'), '#'.repeat(3 * 1024 * 1024));
});
afterAll(() => rmSync(folder, { recursive: true }));

const problem = (name: string): string => {
  const loaded = config.load({ config: at(name), env: {} });
  return loaded.ok ? 'valid' : loaded.problems.map(formatProblem).join('\n').replace(folder, '…');
};

describe('the settings file', () => {
  it('is the one of --config, else the one of CONFIG_PATH', () => {
    expect(findFile(at('good.yaml'), { CONFIG_PATH: at('none.yaml') })).toMatchObject({
      ok: true,
      file: { path: at('good.yaml'), explicit: true },
    });
    expect(findFile(undefined, { CONFIG_PATH: at('good.yaml') })).toMatchObject({
      ok: true,
      file: { path: at('good.yaml'), explicit: true },
    });
  });

  it('is config/default.yaml where nobody names one', () => {
    expect(findFile(undefined, { CONFIG_PATH: '' })).toMatchObject({
      ok: true,
      file: { path: 'config/default.yaml', explicit: false },
    });
  });

  it('gives its settings', () => {
    const loaded = config.load({ config: at('good.yaml'), env: {} });
    expect(loaded.ok && [loaded.file, loaded.settings.log.level]).toStrictEqual([at('good.yaml'), 'warn']);
  });

  it.each([
    ['none.yaml', '…/none.yaml: does not exist, should be a settings file'],
    ['', '…/: is a folder, should be a settings file'],
    ['latin.yaml', '…/latin.yaml: is not UTF-8 text, should be a settings file'],
    ['large.yaml', '…/large.yaml:1:1: is larger than 256 KiB, should be a settings file'],
  ])('%s is refused', (name, line) => {
    expect(problem(name).replace('…:', '…/:')).toBe(line);
  });
});
