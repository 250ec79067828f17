import { createHash } from 'node:crypto';
import type { Position } from '../../ports/store.js';
import { positionKey } from '../state/positions.js';
import type { Entry, Keyed, State } from '../state/state.js';
import { emptyState, keyedKey } from '../state/state.js';

/** Version of the layout of `state.json`. */
export const SNAPSHOT_VERSION = 1;

/** A whole state on its own: everything up to operation `sequence`. `generation` counts the snapshots of one store. */
export interface Snapshot {
  readonly generation: number;
  readonly sequence: number;
  readonly state: State;
}

interface Body {
  readonly epoch: number;
  readonly touchedAtMs: number;
  readonly positions: readonly Position[];
  readonly alerts: readonly Entry[];
  readonly keyed: readonly Keyed[];
}

/** The state as plain JSON. */
export const bodyOf = ({ epoch, touchedAtMs, positions, entries, keyed }: State): Body => ({
  epoch,
  touchedAtMs,
  positions: [...positions.values()],
  alerts: [...entries.values()],
  keyed: [...keyed.values()],
});

const stateOf = (body: Body): State => {
  const state = emptyState();
  state.epoch = body.epoch;
  state.touchedAtMs = body.touchedAtMs;
  for (const position of body.positions) state.positions.set(positionKey(position), position);
  for (const entry of body.alerts) state.entries.set(entry.alert.id, entry);
  for (const one of body.keyed) state.keyed.set(keyedKey(one.namespace, one.key), one);
  return state;
};

const digest = (generation: number, sequence: number, body: string): string =>
  createHash('sha256').update(`${generation} ${sequence} ${body}`).digest('hex');

/** One line of JSON. The sha256 is that of generation, sequence and the very text of `state`. */
export const encodeSnapshot = ({ generation, sequence, state }: Snapshot): string => {
  const body = JSON.stringify(bodyOf(state));
  const sha256 = digest(generation, sequence, body);
  return `{"version":${SNAPSHOT_VERSION},"generation":${generation},"sequence":${sequence},"sha256":"${sha256}","state":${body}}\n`;
};

export type DecodedSnapshot =
  | ({ readonly kind: 'good' } & Snapshot)
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'bad'; readonly why: string };

const bad = (why: string): DecodedSnapshot => ({ kind: 'bad', why });

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isBody = (value: unknown): value is Body => {
  const body = value as Partial<Body> | null;
  return (
    typeof body === 'object' &&
    body !== null &&
    Number.isSafeInteger(body.epoch) &&
    Number.isFinite(body.touchedAtMs) &&
    Array.isArray(body.positions) &&
    Array.isArray(body.alerts) &&
    Array.isArray(body.keyed)
  );
};

/** Believes nothing that the checksum does not cover, and says in a few words why not. */
export const decodeSnapshot = (bytes: Buffer): DecodedSnapshot => {
  if (bytes.length === 0) return bad('it is empty');
  if (bytes.every((byte) => byte === 0)) return bad('it holds only NUL bytes');
  const text = bytes.toString('utf8');
  const value = parse(text) as Record<string, unknown> | null | undefined;
  if (value === undefined) return bad('it is not whole JSON');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('it is not a snapshot');
  const { version, generation, sequence, sha256, state } = value;
  if (typeof version !== 'number') return bad('it is not a snapshot');
  if (version > SNAPSHOT_VERSION) return { kind: 'newer', version };
  if (!Number.isSafeInteger(generation) || !Number.isSafeInteger(sequence)) return bad('it is not a snapshot');
  const body = text.slice(text.indexOf('"state":') + '"state":'.length, text.lastIndexOf('}'));
  if (sha256 !== digest(generation as number, sequence as number, body)) return bad('its checksum is wrong');
  if (!isBody(state)) return bad('it has the wrong shape');
  return { kind: 'good', generation: generation as number, sequence: sequence as number, state: stateOf(state) };
};
