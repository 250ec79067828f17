import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { goldenPath } from '../../support/shared.js';

export const sample = (name: string): string => {
  const bytes = readFileSync(goldenPath('binance-source', name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
};

export const sampleJson = (name: string): unknown => JSON.parse(sample(name));

export const sampleLines = (name: string): readonly Buffer[] =>
  sample(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line));
