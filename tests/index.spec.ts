import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

describe('the package', () => {
  it('F94: does nothing by being imported: it prints nothing, needs no variable and keeps no process alive', () => {
    const code = `const door = await import('./dist/index.js'); console.log(Object.keys(door).length);`;
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
      encoding: 'utf8',
      env: {},
      timeout: 10_000,
    });
    expect(said).toMatch(/^\d+\n$/);
    expect(Number(said)).toBeGreaterThan(40);
  });
});
