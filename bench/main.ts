import { availableParallelism, cpus, totalmem } from 'node:os';
import { writeFileSync } from 'node:fs';
import type { Result } from './rounds.js';
import { benchClose } from './close.js';
import { benchDelivery } from './delivery.js';
import { benchMemory } from './memory.js';
import { benchPackages } from './packages.js';
import { benchPictures } from './pictures.js';
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

const replays = await benchReplay({ rounds: 5 });
const close = benchClose({ symbols: 1_000, rounds: 5 });
const pictures = await benchPictures('recordings/usdm');
const packages = benchPackages({ bars: 50_000, rounds: 5 });
const sockets = await benchSockets({ symbols: 300, perSocket: 300, rounds });
const pooled = await benchSockets({ symbols: 600, perSocket: 200, rounds });
const memory = await benchMemory();
const delivery = await benchDelivery({ rounds: 8 });
const named = (name: string): string => `${name}-600-on-3`;
results.push(
  ...sockets.results,
  ...pooled.results.map((each) => ({ ...each, name: named(each.name) })),
  ...replays,
  close.result,
  pictures.result,
);
Object.assign(ratios, sockets.ratios, {
  pipelineCpuOverReceive600On3: pooled.ratios.pipelineCpuOverReceive,
  ...memory,
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
  momentumKiBPerSeries: ['at most 16', (value) => value <= 16],
  measuresKiBPerSeries: ['at most 48', (value) => value <= 48],
  everythingMiBOf500: ['at most 64', (value) => value <= 64],
  parseCpuOverPipeline: ['at least 5', (value) => value >= 5],
};
const verdict = (name: string, value: number): string => {
  const goal = goals[name];
  return goal === undefined ? '' : `${goal[0]}: ${goal[1](value) ? 'met' : 'missed'}`;
};
for (const [name, value] of Object.entries(ratios))
  console.log(`${name.padEnd(28)} ${value.toFixed(2).padStart(6)}   ${verdict(name, value)}`);
const perSecond = (bars: number): string => Math.round(bars).toLocaleString('en');
for (const { name, itemsPerSecondBest: read = 0, longerPerBar } of replays) {
  // Of two bar lengths all bars count: those of an hour are measured like those they are made of.
  const measured = read * (1 + longerPerBar);
  const parts = longerPerBar === 0 ? '' : ` (${perSecond(read)} read, the others rebuilt from them)`;
  console.log(
    `${name.padEnd(28)} ${perSecond(measured)} bars/s of CPU in the best round${parts}   at least 100,000: ${measured >= 100_000 ? 'met' : 'missed'}`,
  );
}

console.log(
  `one close of 1,000 symbols    ${close.bestMs.toFixed(0)} ms in the best round, ${close.candidatesMin} candidates   at most 50 ms: ${close.bestMs <= 50 ? 'met' : 'missed'}`,
);

for (const { name, oursNs, tradingSignalsNs, technicalIndicatorsNs, whySlower } of packages) {
  ratios[`${name}OverTradingSignals`] = tradingSignalsNs / oursNs;
  ratios[`${name}OverTechnicalIndicators`] = technicalIndicatorsNs / oursNs;
  const isFaster = oursNs < Math.min(tradingSignalsNs, technicalIndicatorsNs);
  console.log(
    `${name.padEnd(28)} ${oursNs.toFixed(0)} ns of CPU a bar; trading-signals ${tradingSignalsNs.toFixed(0)}, technicalindicators ${technicalIndicatorsNs.toFixed(0)}   faster: ${isFaster ? 'met' : `no, because ${whySlower}`}`,
  );
}

const { waitMsP99, bytesPerAlert, claimMsP99, stockMsBest } = delivery;
ratios['stockLowdbOverClaim'] = stockMsBest / claimMsP99;
const said = (what: string, value: number, unit: string, most: number): void =>
  console.log(`${what}   ${value.toFixed(1)} ${unit}   at most ${most}: ${value <= most ? 'met' : 'missed'}`);
said(`of ${delivery.alerts} alerts, last bar to request leaving (p99)`, waitMsP99, 'ms', 250);
said('durable claim beside 100,000 rows (p99)', claimMsP99, 'ms', 5);
console.log(`the same write by lowdb as it comes takes ${stockMsBest.toFixed(0)} ms at least`);
said('written for an alert, its close and its delivery', bytesPerAlert / 1_024, 'KiB', 1);

const { mostMs, mostBytes, stillMs } = pictures;
console.log(
  `one picture                   ${mostMs.toFixed(0)} ms of CPU and ${(mostBytes / 1024).toFixed(0)} KiB at most   at most 150 ms and 60 KiB: ${mostMs <= 150 && mostBytes <= 61_440 ? 'met' : 'missed'}; the event loop stood still for ${stillMs.toFixed(1)} ms (p99)`,
);

const file = argument('--json');
if (file !== null) {
  const plain = results.map(({ name, cpuNsPerItem, itemsPerSecond, spread }) => ({ name, cpuNsPerItem, itemsPerSecond, spread }));
  writeFileSync(file, `${JSON.stringify({ machine, results: plain, ratios }, null, 2)}\n`);
}
process.exit(0);
