// Writes dist/: one bundle per door of the package, with shared chunks, so that a user's own pipeline that imports
// the package meets the very modules that dist/main.js runs on. Packages stay outside (rxjs must be one instance).
import { existsSync } from 'node:fs';

const esbuild = await import('esbuild').catch(() => null);
if (esbuild === null) {
  // `npm ci --omit=dev` runs `prepare` too; there the built files were copied in before.
  console.log('esbuild is not installed: dist/ is left as it is');
} else {
  await esbuild.build({
    entryPoints: {
      main: 'src/main.ts',
      index: 'src/index.ts',
      'picture-worker': 'src/runtime/picture-worker.ts',
      ...(existsSync('bench/main.ts')
        ? {
            bench: 'bench/main.ts',
            'bench-flood': 'bench/flood-server.ts',
            'bench-memory': 'bench/memory-child.ts',
            'bench-replay': 'bench/replay-child.ts',
          }
        : {}),
    },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
}
