import { z } from 'zod';
import type { Silence } from '../../model/silence.js';
import { silenceId } from '../../model/silence.js';

/*
 * The file of silences: JSON, so that whoever has no command line can write it by hand.
 *
 *   {"silences":[{"what":"BTC*","since":"2026-08-06T12:03:00.000Z","until":"2026-08-06T12:33:00.000Z","reason":"maintenance"}]}
 */

const moment = z.iso
  .datetime({ offset: true, error: 'a moment such as 2026-08-06T12:30:00Z' })
  .transform((text) => Date.parse(text));

const entry = z
  .strictObject({
    id: z.string().optional(),
    what: z
      .string({ error: 'a symbol such as BTC*, or rule: and the name of a rule' })
      .regex(/^(?:rule:)?[^\s:]+$/, { error: 'a symbol such as BTC*, or rule: and the name of a rule' }),
    since: moment,
    until: moment,
    reason: z.string().max(200, { error: 'at most 200 characters' }).nullish(),
  })
  .refine(({ since, until }) => since < until, { path: ['until'], error: 'later than since' });

const file = z.strictObject({ silences: z.array(entry, { error: 'a list' }).max(1_000, { error: 'at most 1000' }) });

export type ReadSilences =
  { readonly ok: true; readonly silences: readonly Silence[] } | { readonly ok: false; readonly problem: string };

const problemOf = ({ path, code, message }: z.core.$ZodIssue): string => {
  const at = path.length === 0 ? 'it' : path.map(String).join('.');
  return code === 'unrecognized_keys' ? `${at} has a key that is not known` : `${at} should be ${message}`;
};

/** What a file of silences says, or the first thing that is wrong with it. An empty file holds none. */
export const readSilences = (text: string): ReadSilences => {
  if (text.trim() === '') return { ok: true, silences: [] };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'it should be JSON, such as {"silences":[]}' };
  }
  const read = file.safeParse(json, { error: () => 'as `mute` writes it' });
  if (!read.success) return { ok: false, problem: read.error.issues.map(problemOf)[0] ?? 'it is not as `mute` writes it' };
  const silences = read.data.silences.map(({ id, what, since: sinceMs, until: untilMs, reason = null }) => {
    const said = { what, sinceMs, untilMs, reason };
    return { ...said, id: id ?? silenceId(said) };
  });
  return { ok: true, silences };
};

export const writeSilences = (silences: readonly Silence[]): string => {
  const entries = silences.map(({ id, what, sinceMs, untilMs, reason }) => ({
    ...{ id, what },
    since: new Date(sinceMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    ...(reason === null ? {} : { reason }),
  }));
  return `${JSON.stringify({ silences: entries }, null, 2)}\n`;
};
