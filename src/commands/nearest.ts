import { lastValueFrom, map, scan, tap, toArray } from 'rxjs';
import type { Miss } from '../telemetry/decisions/nearness.js';
import { nearest as nearestOf } from '../telemetry/decisions/nearness.js';
import type { RingQuestion } from './decision-ring.js';
import { openRing, sayDamage } from './decision-ring.js';
import type { Units } from './decision-words.js';
import { conditionWords, distanceText, spanText, timeText, verdictName } from './decision-words.js';
import { tableLines } from './table.js';

const COUNT = 10;
const DAY_MS = 86_400_000;

interface Survey {
  readonly misses: readonly Miss[];
  readonly units: Units;
}

/** What was missing of a miss: its failed conditions, each with what it was and what it takes. */
const missingText = ({ verdict }: Miss, units: Units): string =>
  verdict.conditions
    .filter(({ passed, value }) => !passed && value !== null)
    .map((condition) => {
      const { label, value, needs } = conditionWords(condition, units);
      return `${label} ${value}, needs ${needs}`;
    })
    .join('; ');

export const nearestLines = (misses: readonly Miss[], units: Units): readonly string[] =>
  tableLines(
    [
      ['short by', 'decided (UTC)', 'symbol', '', 'verdict', 'missing'],
      ...misses.map((miss) => [
        distanceText(miss.distance),
        timeText(miss.decisionTimeMs),
        miss.symbol,
        `${miss.market} ${miss.interval}`,
        verdictName(miss.verdict),
        missingText(miss, units),
      ]),
    ],
    ['right', 'left', 'left', 'left', 'left', 'left'],
    0,
  );

/**
 * The verdicts of the last day of the ring that came nearest to firing: see `distanceOf`. The day ends with the newest decision,
 * so that a ring that was kept can be asked as well. 0 said, 65 no ring, 78 wrong settings.
 */
export const nearest = async (question: RingQuestion): Promise<number> => {
  const ring = await openRing(question);
  if (typeof ring === 'number') return ring;
  const { market, interval, rule } = question;
  // Once for the times, which costs little: the day must be known before anything is compared.
  const times = await lastValueFrom(
    ring
      .read(() => false)
      .pipe(
        map(({ closes }) => closes.reduce((newest, { decisionTimeMs }) => Math.max(newest, decisionTimeMs), 0)),
        toArray(),
      ),
    { defaultValue: [] },
  );
  const toMs = Math.max(0, ...times);
  const fromMs = toMs - DAY_MS;
  const isWanted = (miss: Miss): boolean =>
    miss.decisionTimeMs > fromMs &&
    (market === undefined || miss.market === market) &&
    (interval === undefined || miss.interval === interval) &&
    (rule === undefined || miss.verdict.rule === rule);
  const nothing: Survey = { misses: [], units: {} };
  const { misses, units } = await lastValueFrom(
    ring
      .read(() => true)
      .pipe(
        tap((file) => sayDamage(ring.folder, [file])),
        scan(
          (survey: Survey, { closes, header }) => ({
            misses: nearestOf(survey.misses, closes, COUNT, isWanted),
            units: { ...survey.units, ...header?.units },
          }),
          nothing,
        ),
      ),
    { defaultValue: nothing },
  );
  const lines =
    question.json === true
      ? misses.map((miss) => JSON.stringify(miss))
      : misses.length === 0
        ? [`no verdict with all its values missed from ${spanText({ fromMs, toMs })}`]
        : [`the nearest misses from ${spanText({ fromMs, toMs })}`, '', ...nearestLines(misses, units)];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return 0;
};
