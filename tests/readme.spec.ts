import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsReference } from './support/settings-reference.js';

const readme = readFileSync('README.md', 'utf8');

/** The code between two markers of the README. */
const between = (name: string): string => {
  const match = new RegExp(`<!-- ${name} -->\\n\`\`\`\\w*\\n([\\s\\S]*?)\`\`\`\\n<!-- /${name} -->`).exec(readme);
  return match?.[1] ?? '';
};

describe('README', () => {
  it('shows a pipeline and its marble test that run as they stand', () => {
    const example = between('example');
    expect(example).toContain('expectObservable');
    // Inside the package, so that it finds itself by its own name as a user's project would.
    const folder = mkdtempSync(join('dist', 'readme-'));
    try {
      const file = join(folder, 'example.mjs');
      writeFileSync(file, example);
      expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).toBe('');
      writeFileSync(file, example.replace("'-----J---|'", "'---J-----|'"));
      expect(() => execFileSync(process.execPath, [file], { stdio: 'pipe' })).toThrow('Command failed');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('shows what the demo prints', () => {
    expect(between('transcript')).toMatch(/Summary[\s\S]*bars[\s\S]*deliveries/);
  });

  it('names only commands, files and exit codes that exist', () => {
    const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }).scripts;
    for (const [, script] of readme.matchAll(/npm run (\w+)/g)) expect(Object.keys(scripts)).toContain(script);
    for (const [, file] of readme.matchAll(/--config (config\/[\w-]+\.yaml)/g))
      expect(readFileSync(file as string, 'utf8')).not.toBe('');
  });
});

describe('docs/settings.md', () => {
  it('says what every setting does, as the schema has it (UPDATE=1 writes it anew)', () => {
    const wanted = settingsReference(JSON.parse(readFileSync('config/monitor.schema.json', 'utf8')) as object);
    if (process.env['UPDATE'] === '1') writeFileSync('docs/settings.md', wanted);
    expect(readFileSync('docs/settings.md', 'utf8')).toBe(wanted);
  });
});
