import { availableParallelism, cpus, totalmem } from 'node:os';
import { writeFileSync } from 'node:fs';
import type { Result } from './rounds.js';
import { benchClose } from './close.js';
import { benchReplay } from './replay.js';
import { benchSockets } from './sockets.js';

/*
 * `npm run bench [-- --json FILE] [-- --rounds N]`: all benches in one run on this machine. Ratios are what counts: each is the
 * median over rounds of two figures taken next to each other (performance.md §0). Absolute figures are printed for orientation.
 */

const argument = (name: string): string | null => {
  const index = process.argv.indexOf(name);
  return index < 0 ? null : (process.argv[index + 1] ?? null);
};

const rounds = Number(argument('--rounds') ?? 30);
const results: Result[] = [];
const ratios: Record<string, number> = {};

// The replays first: they would find the operators shaped by the other bench's events.
const replays = await benchReplay({ rounds: 5 });
const close = benchClose({ symbols: 1_000, rounds: 5 });
const sockets = await benchSockets({ symbols: 300, perSocket: 300, rounds, framesInAll: 10_000_000 });
const pooled = await benchSockets({ symbols: 600, perSocket: 200, rounds });
const named = (name: string): string => `${name}-600-on-3`;
results.push(
  ...sockets.results,
  ...pooled.results.map((each) => ({ ...each, name: named(each.name) })),
  ...replays,
  close.result,
);
Object.assign(ratios, sockets.ratios, {
  pipelineCpuOverReceive600On3: pooled.ratios.pipelineCpuOverReceive,
  rssAfter1e7Over1e6: sockets.rssGrowth,
});

const machine = {
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryBytes: totalmem(),
};
console.log(`Node ${machine.node}, ${machine.cores} × ${machine.cpu}, ${rounds} rounds\n`);
console.log('bench                 CPU ns/item      items/s (CPU)    spread of CPU ns/item');
for (const { name, cpuNsPerItem, itemsPerSecond, spread } of results) {
  const [least, most] = spread;
  console.log(
    `${name.padEnd(20)} ${cpuNsPerItem.toFixed(0).padStart(12)} ${Math.round(itemsPerSecond).toLocaleString('en').padStart(18)}    ${least.toFixed(0)} … ${most.toFixed(0)}`,
  );
}
console.log('');
const goals: Readonly<Record<string, readonly [text: string, isMet: (value: number) => boolean]>> = {
  pipelineCpuOverReceive: ['at most 1.25', (value) => value <= 1.25],
  pipelineCpuOverReceive600On3: ['at most 1.25', (value) => value <= 1.25],
  rssAfter1e7Over1e6: ['at most 1.05', (value) => value <= 1.05],
  parseCpuOverPipeline: ['at least 5', (value) => value >= 5],
};
const verdict = (name: string, value: number): string => {
  const goal = goals[name];
  return goal === undefined ? '' : `${goal[0]}: ${goal[1](value) ? 'met' : 'missed'}`;
};
for (const [name, value] of Object.entries(ratios))
  console.log(`${name.padEnd(28)} ${value.toFixed(2).padStart(6)}   ${verdict(name, value)}`);
for (const { name, itemsPerSecondBest } of replays) {
  console.log(
    `${name.padEnd(28)} ${Math.round(itemsPerSecondBest ?? 0).toLocaleString('en')} bars/s of CPU in the best round   at least 100,000: ${(itemsPerSecondBest ?? 0) >= 100_000 ? 'met' : 'missed'}`,
  );
}

console.log(
  `one close of 1,000 symbols    ${close.bestMs.toFixed(0)} ms in the best round, ${close.candidatesMin} candidates   at most 50 ms: ${close.bestMs <= 50 ? 'met' : 'missed'}`,
);

const file = argument('--json');
if (file !== null) {
  const plain = results.map(({ name, cpuNsPerItem, itemsPerSecond, spread }) => ({ name, cpuNsPerItem, itemsPerSecond, spread }));
  writeFileSync(file, `${JSON.stringify({ machine, results: plain, ratios }, null, 2)}\n`);
}
process.exit(0);
