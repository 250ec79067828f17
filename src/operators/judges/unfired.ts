import type { Reading, Values } from '../../model/reading.js';
import type { Condition, Direction, Verdict } from '../../model/verdict.js';

const NOTHING: Values = {};

/** What a rule that does not fire has to say of a reading, of which nothing may have changed since: of values, not of the window. */
export type TellConditions = (reading: Reading) => readonly Condition[];

/**
 * A verdict that has not fired, nearly all of them: its conditions are told when somebody asks, as the record of decisions does.
 * A class, because an accessor for each verdict would cost more than the conditions.
 */
class Unfired implements Verdict {
  private told: readonly Condition[] | undefined;

  constructor(
    readonly rule: string,
    readonly ruleVersion: number,
    readonly direction: Direction,
    readonly shortHistory: boolean,
    private readonly reading: Reading,
    private readonly tell: TellConditions,
  ) {}

  get fired(): boolean {
    return false;
  }

  get shown(): Values {
    return NOTHING;
  }

  get conditions(): readonly Condition[] {
    return (this.told ??= this.tell(this.reading));
  }

  /** As it is written, and compared: what there is to see, made or not. */
  toJSON(): Verdict {
    const { rule, ruleVersion, direction, fired, conditions, shown, shortHistory } = this;
    return { rule, ruleVersion, direction, fired, conditions, shown, shortHistory };
  }
}

/** The verdict of a rule that has not fired in this direction. */
export const unfired = (
  { id, version }: { readonly id: string; readonly version: number },
  direction: Direction,
  shortHistory: boolean,
  reading: Reading,
  tell: TellConditions,
): Verdict => new Unfired(id, version, direction, shortHistory, reading, tell);
