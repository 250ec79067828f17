import { z } from 'zod';
import { durationMs, percent, secret } from '../ports/settings.js';
import type { Path } from './node.js';

/*
 * What a zod schema can be asked about: which keys it has, what stands at a path, whether that is a secret,
 * and how to say in words what it wants.
 */

type Schema = z.core.$ZodType;
interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  readonly in?: Schema;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly element?: Schema;
  readonly options?: readonly Schema[];
  readonly discriminator?: string;
}
const definition = (schema: Schema): Definition => schema._zod.def;

/** Without defaults, optionality and transformations: the schema of what is written in YAML. */
const bare = (schema: Schema): Schema => {
  const { innerType, in: input } = definition(schema);
  const inner = innerType ?? input;
  return inner === undefined ? schema : bare(inner);
};

/** The keys of an object schema, or `null` where keys are free or it is no object. */
export const keysOf = (schema: Schema): Readonly<Record<string, Schema>> | null => definition(bare(schema)).shape ?? null;

export const elementOf = (schema: Schema): Schema | null => definition(bare(schema)).element ?? null;

/** The shapes among which one key decides, and that key; `null` where there is no such choice. */
const choiceOf = (schema: Schema): { readonly key: string; readonly options: readonly Schema[] } | null => {
  const { discriminator, options } = definition(bare(schema));
  return discriminator === undefined || options === undefined ? null : { key: discriminator, options };
};

/** The shape that is meant where one key decides among several; the schema itself where nothing is to be decided. */
export const optionFor = (schema: Schema, textAt: (key: string) => string | null): Schema => {
  const choice = choiceOf(schema);
  if (choice === null) return schema;
  const given = textAt(choice.key) ?? undefined;
  return choice.options.find((option) => keysOf(option)?.[choice.key]?._zod.values?.has(given) === true) ?? schema;
};

export const schemaAt = (schema: Schema, path: Path): Schema | null => {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  const choice = choiceOf(schema);
  if (choice !== null) {
    const found = choice.options.map((option) => schemaAt(option, path)).filter((option) => option !== null);
    return found[0] ?? null;
  }
  const shape = keysOf(schema);
  const inner = shape === null ? elementOf(schema) : Object.hasOwn(shape, key) ? (shape[key] ?? null) : null;
  return inner === null ? null : schemaAt(inner, rest);
};

/** True when the schema is `secret` of ports/settings.ts or was made from it. */
export const isSecret = (schema: Schema): boolean => {
  const { innerType, in: input } = definition(schema);
  if (input !== undefined && input === definition(secret).in) return true;
  const inner = innerType ?? input;
  return inner !== undefined && isSecret(inner);
};

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
}

const patternOf = (schema: Schema): string => (z.toJSONSchema(schema, { io: 'input' }) as JsonSchema).pattern ?? '';
/** The pattern of a duration in JSON Schema, by which it is known again there. */
export const DURATION_PATTERN = patternOf(durationMs);
export const PERCENT_PATTERN = patternOf(percent);

const range = (json: JsonSchema): string => {
  const from =
    json.minimum !== undefined
      ? ` from ${json.minimum}`
      : json.exclusiveMinimum !== undefined
        ? ` above ${json.exclusiveMinimum}`
        : '';
  const upTo = json.maximum !== undefined && json.maximum < Number.MAX_SAFE_INTEGER ? json.maximum : undefined;
  if (upTo !== undefined) return from === '' ? ` up to ${upTo}` : `${from}${json.minimum === undefined ? ' up' : ''} to ${upTo}`;
  return from + (json.exclusiveMaximum === undefined ? '' : ` below ${json.exclusiveMaximum}`);
};

const words = (json: JsonSchema): string => {
  if (json.anyOf !== undefined) return json.anyOf.map(words).join(', or ');
  if (json.enum !== undefined) return `one of ${json.enum.join(', ')}`;
  if (json.const !== undefined) return JSON.stringify(json.const);
  if (json.pattern === DURATION_PATTERN) return 'a duration with its unit, such as 30m, 1.5s or 250ms';
  if (json.pattern === PERCENT_PATTERN) return 'a percentage with its sign, such as 2.5%';
  if (json.format === 'uri') return 'an address (URL)';
  switch (json.type) {
    case 'integer': {
      // A whole number above 0 is one from 1.
      const whole = json.exclusiveMinimum === 0 ? { ...json, minimum: 1 } : json;
      return `a whole number${range({ ...whole, ...(whole.minimum === -Number.MAX_SAFE_INTEGER ? { minimum: undefined } : {}) } as JsonSchema)}`;
    }
    case 'number':
      return `a number${range(json)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return json.minItems === undefined ? 'a list' : `a list of at least ${json.minItems}`;
    case 'object':
      return 'a map of settings ("key: value")';
    default:
      return json.minLength === undefined ? 'text' : 'text that is not empty';
  }
};

/** What a schema wants, in words that go on after "should be". */
export const wantedBy = (schema: Schema): string =>
  words(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema);

/** The greatest number a schema takes, where it has one. */
export const maximumOf = (schema: Schema): number =>
  (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema).maximum ?? Infinity;
