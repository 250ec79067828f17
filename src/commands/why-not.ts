import type { Condition, Verdict } from '../model/verdict.js';
import type { Account } from '../telemetry/decisions/account.js';
import { alertOf } from '../telemetry/decisions/account.js';
import { accountJson } from './decision-json.js';
import { ask } from './decision-ring.js';
import type { SymbolQuestion } from './decision-ring.js';
import type { Units } from './decision-words.js';
import { absence, conditionWords, notJudgedWords, suppressionWords, verdictName } from './decision-words.js';
import { headLine } from './explain.js';
import { tableLines } from './table.js';

/** One failed condition: what it was, what it takes, and how far it fell short. */
const failedRow = (condition: Condition, units: Units): readonly string[] => {
  const { label, value, needs, margin } = conditionWords(condition, units);
  return [label, value, needs, condition.margin === null ? absence(condition.reason) : `short by ${margin.replace('-', '')}`];
};

const verdictLines = (verdict: Omit<Verdict, 'shown'>, account: Account, units: Units): readonly string[] => {
  const name = verdictName(verdict);
  if (verdict.fired) {
    const alert = alertOf(account, verdict);
    if (alert === null) return [`  ${name}: it fired`];
    const how = alert.suppressedBy === null ? 'and was' : 'and was suppressed by';
    return [`  ${name}: it fired ${how} ${suppressionWords(alert, account)}`];
  }
  const failed = verdict.conditions.filter(({ passed }) => !passed);
  const isNested = failed.some(({ path }) => path?.includes('any') === true);
  return [
    `  ${name}: ${failed.length} of ${verdict.conditions.length} conditions failed${isNested ? ', where of some one is enough' : ''}`,
    ...tableLines(
      failed.map((condition) => failedRow(condition, units)),
      ['left', 'right', 'right', 'left'],
      4,
    ),
  ];
};

/** Why one series was not told at one close, or that it was. */
export const whyNotLines = (account: Account, units: Units, rule?: string): readonly string[] => {
  const { decision } = account;
  if (decision === null) return [headLine(account), `  this series was not judged: ${notJudgedWords(account)}`];
  const verdicts = decision.verdicts.filter((verdict) => rule === undefined || verdict.rule === rule);
  if (verdicts.length === 0) return [headLine(account), `  no verdict${rule === undefined ? '' : ` of a rule ${rule}`}`];
  return [headLine(account), ...verdicts.flatMap((verdict) => verdictLines(verdict, account, units))];
};

/** Says why there was no alert. 0 said, 65 nothing is known of it, 78 wrong settings. */
export const whyNot = async (question: SymbolQuestion): Promise<number> => {
  const answer = await ask(question);
  if (typeof answer === 'number') return answer;
  const lines =
    question.json === true
      ? answer.accounts.map((account) => JSON.stringify(accountJson(account, question.rule)))
      : answer.accounts.flatMap((account, i) => [...(i === 0 ? [] : ['']), ...whyNotLines(account, answer.units, question.rule)]);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return 0;
};
