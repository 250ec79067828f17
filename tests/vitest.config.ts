import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: '.',
    include: ['tests/**/*.spec.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Modules hold no state of their own, and to load them again for every spec was a third of the time.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
