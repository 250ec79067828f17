// Types and RxJS are linted here; the house rules (floors, clocks, sizes, diagrams) are a test: tests/tidy.spec.ts.
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '**/*.mjs', 'data/**'] },
  ...tseslint.configs.recommendedTypeChecked,
  rxjsX.configs.strict,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'rxjs-x/no-nested-subscribe': 'error',
      'rxjs-x/no-subscribe-in-pipe': 'error',
      'rxjs-x/no-ignored-subscription': 'error',
      'rxjs-x/no-subject-value': 'error',
      // Both flag good code of this house: errors of ours are Error subclasses already, and `$` is held by review.
      'rxjs-x/throw-error': 'off',
      'rxjs-x/finnish': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['tests/**'],
    rules: {
      // Specs subscribe on purpose and often want no handle.
      'rxjs-x/no-ignored-subscription': 'off',
      'rxjs-x/no-ignored-error': 'off',
      'rxjs-x/no-floating-observables': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
);
