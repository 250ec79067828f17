import type { Market } from '../../model/series.js';

/** A control message, understood (binance-protocol.md §7). `id` is given back as it came. */
export type ControlRequest = { readonly id: unknown } & (
  | { readonly method: 'SUBSCRIBE' | 'UNSUBSCRIBE'; readonly names: readonly string[] }
  | { readonly method: 'LIST_SUBSCRIPTIONS' | 'GET_PROPERTY' }
  | { readonly method: 'SET_PROPERTY'; readonly combined: boolean }
);

/** A control message that is refused, with the code and words of the exchange. */
export interface ControlError {
  readonly id: unknown;
  readonly code: 0 | 1 | 2 | 3 | 4;
  readonly message: string;
}

const METHODS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY'] as const;
const isMethod = (text: string): text is (typeof METHODS)[number] => (METHODS as readonly string[]).includes(text);

const invalid = (id: unknown, message: string): ControlError => ({ id, code: 2, message: `Invalid request: ${message}` });

const goodId = (market: Market, id: unknown): boolean =>
  (Number.isInteger(id) && (market === 'spot' || (id as number) >= 0)) ||
  (market === 'spot' && (id === null || id === undefined || (typeof id === 'string' && /^[A-Za-z0-9]{1,36}$/.test(id))));

const readProperty = (id: unknown, method: 'SET_PROPERTY' | 'GET_PROPERTY', params: unknown): ControlRequest | ControlError => {
  const [name, value, ...more] = Array.isArray(params) ? (params as readonly unknown[]) : [];
  if (typeof name !== 'string') return invalid(id, 'property name must be a string');
  if (more.length > 0 || (method === 'GET_PROPERTY' && value !== undefined)) return invalid(id, 'too many parameters');
  if (name !== 'combined') return { id, code: 0, message: 'Unknown property' };
  if (method === 'GET_PROPERTY') return { id, method };
  return typeof value === 'boolean'
    ? { id, method, combined: value }
    : { id, code: 1, message: 'Invalid value type: expected Boolean' };
};

/** Reads one control message, or says why it is refused. */
export const readControl = (market: Market, text: string): ControlRequest | ControlError => {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { id: undefined, code: 3, message: 'Invalid JSON: expected value at line 1 column 1' };
  }
  const { method, params, id } = (message ?? {}) as { method?: unknown; params?: unknown; id?: unknown };
  if (typeof method !== 'string') return invalid(id, 'missing field `method` at line 1 column 1');
  if (!isMethod(method))
    return invalid(id, `unknown variant \`${method}\`, expected one of ${METHODS.map((name) => `\`${name}\``).join(', ')} at line 1 column 1`); // prettier-ignore
  if (!goodId(market, id)) return invalid(id, 'request ID must be an unsigned integer');
  if (method === 'LIST_SUBSCRIPTIONS') return { id, method };
  if (method === 'SET_PROPERTY' || method === 'GET_PROPERTY') return readProperty(id, method, params);
  return Array.isArray(params) && params.every((name) => typeof name === 'string')
    ? { id, method, names: params }
    : invalid(id, 'params must be an array of strings');
};

/** `{"result":…,"id":…}`, `id` left out when none was sent. */
export const resultText = (result: unknown, id: unknown): string => JSON.stringify({ result, id });

export const errorText = ({ id, code, message }: ControlError): string => JSON.stringify({ error: { code, msg: message }, id });
