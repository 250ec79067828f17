import type { Verdict } from '../model/verdict.js';
import { changeText, decimal, percentText, quantity } from '../sinks/words/numbers.js';
import { PROVENANCE_WORDS } from '../sinks/words/words.js';
import { mannerOf } from '../sinks/words/measures.js';
import type { Account } from '../telemetry/decisions/account.js';
import { alertOf } from '../telemetry/decisions/account.js';
import type { DecidedBar, DecidedSection, Decision } from '../telemetry/decisions/decision.js';
import { ask } from './decision-ring.js';
import type { SymbolQuestion } from './decision-ring.js';
import type { Units } from './decision-words.js';
import { absence, conditionWords, notJudgedWords, outcomeWords, timeText, valueOrAbsent, verdictName } from './decision-words.js';
import { accountJson } from './decision-json.js';
import { tableLines } from './table.js';

const FOLLOWS_WORDS: Readonly<Record<DecidedBar['follows'], string>> = {
  start: 'the first of its series',
  neighbour: 'follows its neighbour',
  gap: 'follows a gap that nobody could fill',
  restart: 'the first after a long gap or a correction',
};

/** `BTCUSDT · usdm · 15m · bar 2026-08-06 12:00, decided 12:15 UTC`. */
export const headLine = ({ symbol, market, interval, openTimeMs, decisionTimeMs }: Account): string =>
  `${symbol} · ${market} · ${interval} · bar ${timeText(openTimeMs)}, decided ${timeText(decisionTimeMs).slice(11)} UTC`;

const amountText = (amount: number | null, unit: string): string =>
  amount === null ? `n/a ${unit}` : `${quantity(amount)} ${unit}`;

const barRows = ({ open, high, low, close, volume, quoteVolume }: DecidedBar): readonly (readonly string[])[] => [
  [
    'bar',
    `open ${decimal(open)}, high ${decimal(high)}, low ${decimal(low)}, close ${decimal(close)} (${open === 0 ? 'n/a' : changeText(100 * (close / open - 1))})`,
  ],
  ['volume', `${amountText(volume, 'base')}, ${amountText(quoteVolume, 'quote')}`],
];

/** Never rounded up: 100% means that nothing was missing. */
const arrivedText = (received: number, expected: number): string =>
  expected === 0
    ? 'no series was expected'
    : `${received} of ${expected} series had arrived (${Math.floor((1000 * Math.min(received, expected)) / expected) / 10}%)`;

const marketRow = (section: DecidedSection, symbol: string, units: Units): readonly (readonly string[])[] => {
  const standing = Object.hasOwn(section.standings, symbol) ? section.standings[symbol] : undefined;
  const bitcoin = section.bitcoin === null ? '' : `, BTCUSDT ${changeText(100 * section.bitcoin)}`;
  const moved = `${percentText(100 * section.breadthUp)} rose and ${percentText(100 * section.breadthDown)} fell by 2 ATR or more`;
  return [
    ['market', `median ${changeText(100 * section.index)}${bitcoin}; ${moved}, of ${section.count} symbols`],
    ...(standing === undefined
      ? []
      : [
          [
            '',
            `rank ${percentText(100 * standing.rank)}, beyond the market ${valueOrAbsent('excessAtr', standing.excessAtr, { ...units, excessAtr: 'ATR' })}`,
          ],
        ]),
  ];
};

const dataRows = ({ close, decision, revision }: Account): readonly (readonly string[])[] =>
  close === null || decision === null
    ? []
    : [
        [
          'data',
          `${PROVENANCE_WORDS[decision.bar.provenance]}, ${FOLLOWS_WORDS[decision.bar.follows]}; ${arrivedText(close.received, close.expected)}${close.late ? '; judged late, after the others' : ''}`,
        ],
        ...(revision === null
          ? []
          : [
              [
                '',
                `corrected later: open ${decimal(revision.bar.open)}, close ${decimal(revision.bar.close)}; what was sent stays as it was`,
              ],
            ]),
      ];

/** One verdict: what came of it, then its conditions below one another. */
const verdictLines = (verdict: Omit<Verdict, 'shown'>, account: Account, units: Units): readonly string[] => {
  const rows = verdict.conditions.map((condition) => {
    const { label, value, needs, margin } = conditionWords(condition, units);
    const verdictText = condition.passed ? 'passed' : 'failed';
    return [label, value, needs, margin, condition.value === null ? `${verdictText}: ${absence(condition.reason)}` : verdictText];
  });
  const strength = alertOf(account, verdict)?.strength;
  const parts =
    strength?.parts.map(({ component, input, contribution }) => [
      component,
      input === null ? 'n/a' : decimal(Number(input.toPrecision(4))),
      contribution === null ? '' : `+${contribution.toFixed(2)}`,
    ]) ?? [];
  return [
    '',
    `  ${verdictName(verdict)}: ${outcomeWords(verdict, account)}${verdict.shortHistory ? ' (young series)' : ''}`,
    ...tableLines([['', 'value', 'needs', 'margin', ''], ...rows], ['left', 'right', 'right', 'right', 'left'], 4),
    ...(parts.length === 0 ? [] : tableLines([['strength', 'input', 'adds'], ...parts], ['left', 'right', 'right'], 4)),
  ];
};

const measureLines = ({ values }: Decision, units: Units): readonly string[] => {
  const rows = Object.entries(values).map(([name, value]) => {
    const { label } = mannerOf(name);
    const isNumber = typeof value === 'number';
    const words = [...(label === name ? [] : [label]), ...(isNumber ? [] : [absence(value)])];
    return [name, valueOrAbsent(name, isNumber ? value : null, units), words.join(': ')];
  });
  return ['', '  measures', ...tableLines(rows, ['left', 'right', 'left'], 4)];
};

/** Everything that went into the decision of one series at one close. */
export const explainLines = (account: Account, units: Units, rule?: string): readonly string[] => {
  const { decision, close } = account;
  if (decision === null) return [headLine(account), `  not judged: ${notJudgedWords(account)}`];
  const verdicts = decision.verdicts.filter((verdict) => rule === undefined || verdict.rule === rule);
  const section = close?.section ?? null;
  return [
    headLine(account),
    ...tableLines(
      [...barRows(decision.bar), ...dataRows(account), ...(section === null ? [] : marketRow(section, account.symbol, units))],
      ['left', 'left'],
      2,
    ),
    ...verdicts.flatMap((verdict) => verdictLines(verdict, account, units)),
    ...(verdicts.length === 0 ? ['', `  no verdict${rule === undefined ? '' : ` of a rule ${rule}`}`] : []),
    ...measureLines(decision, units),
  ];
};

/** Says everything that went into a recorded decision. 0 said, 65 nothing is known of it, 78 wrong settings. */
export const explain = async (question: SymbolQuestion): Promise<number> => {
  const answer = await ask(question);
  if (typeof answer === 'number') return answer;
  const lines =
    question.json === true
      ? answer.accounts.map((account) => JSON.stringify(accountJson(account, question.rule)))
      : answer.accounts.flatMap((account, i) => [
          ...(i === 0 ? [] : ['']),
          ...explainLines(account, answer.units, question.rule),
        ]);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return 0;
};
