import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: '.',
    include: ['tests/**/*.spec.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Modules hold no state of their own, and most specs take less time than loading them again would.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
