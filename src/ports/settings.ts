import { z } from 'zod';
import { Secret } from '../model/secret.js';

/*
 * The units of YAML: the unit is in the value there (`30m`, `2.5%`) and in the name in TypeScript (`cooldownMs`).
 * Plug-ins build their schemas of these, so that a bare number where a unit is due is refused everywhere with the same words.
 */

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PERCENT = /^-?\d+(?:\.\d+)?%$/;

/** Milliseconds of `30m`, `1.5s`, `250ms`; `null` when it is no duration. */
export const parseDurationMs = (text: string): number | null => {
  const match = DURATION.exec(text);
  return match === null ? null : Number(match[1]) * MS[match[2] as keyof typeof MS];
};

/** The shortest whole spelling of a duration: 1800000 → `30m`. */
export const formatDuration = (ms: number): string => {
  for (const unit of ['d', 'h', 'm', 's'] as const) if (ms >= MS[unit] && ms % MS[unit] === 0) return `${ms / MS[unit]}${unit}`;
  return `${ms}ms`;
};

/** A duration with its unit, read as milliseconds. */
export const durationMs = z
  .string({ error: 'a duration with its unit, such as 30m, 1.5s or 250ms' })
  .regex(DURATION, { error: 'a duration with its unit, such as 30m, 1.5s or 250ms' })
  .transform((text) => parseDurationMs(text) ?? 0);

/** A percentage with its sign, read as percent (5 means 5 %). */
export const percent = z
  .string({ error: 'a percentage with its sign, such as 2.5%' })
  .regex(PERCENT, { error: 'a percentage with its sign, such as 2.5%' })
  .transform((text) => Number(text.slice(0, -1)));

const BYTES = /^(\d+(?:\.\d+)?)(KiB|MiB|GiB)$/;
const UNIT_BYTES = { KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;

/** A size with its unit, read as bytes. */
export const sizeBytes = z
  .string({ error: 'a size with its unit, such as 64MiB' })
  .regex(BYTES, { error: 'a size with its unit, such as 64MiB' })
  .transform((text) => {
    const [, number = '0', unit = 'KiB'] = BYTES.exec(text) ?? [];
    return Math.floor(Number(number) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES]);
  });

/** Text that must never be printed; see model/secret.ts. */
export const secret = z
  .string({ error: 'text, best as ${VARIABLE} so that it stays out of the file' })
  .min(1, { error: 'text, best as ${VARIABLE} so that it stays out of the file' })
  .transform((text) => new Secret(text));
