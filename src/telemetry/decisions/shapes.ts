import type { Values } from '../../model/reading.js';
import type { Judged } from '../../model/verdict.js';
import type { Shape } from './format.js';

/** More kinds of records than this in one file mean that thresholds move with every record: then they stand in the records. */
const SHAPES_MAX = 64;

/** A shape with what is asked for at every record, worked out once: where each condition's measure stands among the values. */
export interface KnownShape {
  readonly shape: Shape;
  /** By verdict, then condition: the index of its measure in `shape.names`, or -1. */
  readonly measureAt: readonly (readonly number[])[];
}

const hasNames = (names: readonly string[], values: Values): boolean => {
  let i = 0;
  for (const name in values) if (names[i++] !== name) return false;
  return i === names.length;
};

const fits = ({ names, verdicts: wanted }: Shape, { values, verdicts }: Judged): boolean => {
  if (wanted.length !== verdicts.length || !hasNames(names, values)) return false;
  for (let v = 0; v < wanted.length; v++) {
    const { rule, ruleVersion, direction, conditions } = verdicts[v] as Judged['verdicts'][number];
    const same = wanted[v] as Shape['verdicts'][number];
    if (same.rule !== rule || same.direction !== direction || same.ruleVersion !== ruleVersion) return false;
    if (same.conditions.length !== conditions.length) return false;
    for (let c = 0; c < conditions.length; c++) {
      const [theirs, ours] = [
        conditions[c] as (typeof conditions)[number],
        same.conditions[c] as (typeof same.conditions)[number],
      ];
      if (
        ours.measure !== theirs.measure ||
        ours.path !== theirs.path ||
        (ours.threshold !== null && ours.threshold !== theirs.threshold)
      )
        return false;
    }
  }
  return true;
};

/** The shapes of one file. Records of a series look as they did before, so the one met last is looked at first. */
export interface Shapes {
  /** The shape of a record; `isNew` when it has not been met in this file. */
  of(judged: Judged): { readonly known: KnownShape; readonly isNew: boolean };
}

export const createShapes = (): Shapes => {
  const all: KnownShape[] = [];
  let last: { readonly known: KnownShape; readonly isNew: boolean } | null = null;

  const make = ({ values, verdicts }: Judged): KnownShape => {
    const names = Object.keys(values);
    const isLoose = all.length >= SHAPES_MAX;
    const shape: Shape = {
      id: all.length,
      names,
      verdicts: verdicts.map(({ rule, ruleVersion, direction, conditions }) => ({
        rule,
        ruleVersion,
        direction,
        conditions: conditions.map(({ measure, threshold, path }) => ({
          measure,
          threshold: isLoose ? null : threshold,
          ...(path === undefined ? {} : { path }),
        })),
      })),
    };
    return { shape, measureAt: shape.verdicts.map(({ conditions }) => conditions.map(({ measure }) => names.indexOf(measure))) };
  };

  return {
    of: (judged) => {
      if (last !== null && fits(last.known.shape, judged)) return last;
      const found = all.find(({ shape }) => fits(shape, judged));
      const known = found ?? make(judged);
      if (found === undefined) all.push(known);
      last = { known, isNew: false };
      return found === undefined ? { known, isNew: true } : last;
    },
  };
};
