import { asyncScheduler, lastValueFrom } from 'rxjs';
import { config } from '../config/index.js';
import type { Settings } from '../config/settings.js';
import type { Environment } from '../config/substitute.js';
import { suggest } from '../config/suggest.js';
import type { Silence } from '../model/silence.js';
import { silenceId } from '../model/silence.js';
import { formatDuration, parseDurationMs } from '../ports/settings.js';
import { createFiles } from '../runtime/files.js';
import type { SilencesFile } from '../stores/silences/silences-file.js';
import { changeSilences, loadSilences, SilencesError } from '../stores/silences/silences-file.js';
import { EXIT_CONFIG, problemLines } from './check.js';
import { timeText } from './decision-words.js';
import { silencesPath } from './silences-path.js';
import { tableLines } from './table.js';

export interface MuteOptions {
  /** A symbol, or `rule:` and a rule's name; `*` stands for any letters. */
  readonly what?: string | undefined;
  /** Such as `30m`. */
  readonly duration?: string | undefined;
  readonly reason?: string | undefined;
  readonly list?: boolean | undefined;
  readonly lift?: string | undefined;
  readonly config?: string | undefined;
  readonly set: readonly string[];
  readonly env: Environment;
  /** Where lines go: standard output and standard error by default. */
  readonly print?: (line: string) => void;
  readonly complain?: (line: string) => void;
  /** Milliseconds UTC; the machine's own time if absent. */
  readonly nowMs?: number;
}

const EXIT_USAGE = 64;
/** `EX_DATAERR`: what was asked for is not there. */
const EXIT_DATA = 65;
/** `EX_CANTCREAT`: the file cannot be read or written. */
const EXIT_OUTPUT = 73;

/** What is over is kept for so long, for whoever wonders why there was silence. */
const KEEP_MS = 7 * 86_400_000;
const DURATION_MS_MAX = 366 * 86_400_000;

const listLines = (silences: readonly Silence[], nowMs: number): readonly string[] => {
  const held = silences.filter(({ untilMs }) => untilMs > nowMs).sort((a, b) => a.untilMs - b.untilMs);
  if (held.length === 0) return ['nothing is silenced'];
  const rows = held.map(({ id, what, sinceMs, untilMs, reason }) => [
    id,
    what,
    `${timeText(Math.floor(sinceMs / 1_000) * 1_000)} UTC`,
    `${timeText(Math.floor(untilMs / 1_000) * 1_000)} UTC`,
    reason ?? '',
  ]);
  return tableLines([['id', 'what', 'since', 'until', 'reason'], ...rows], ['left', 'left', 'left', 'left', 'left'], 0);
};

const loaded = (file: SilencesFile): Promise<readonly Silence[]> => lastValueFrom(loadSilences(file), { defaultValue: [] });

const changed = (file: SilencesFile, change: Parameters<typeof changeSilences>[2]): Promise<readonly Silence[]> =>
  lastValueFrom(changeSilences(file, asyncScheduler, change), { defaultValue: [] });

/** Symbols of the exchange are in capitals; names of rules are what the settings say. */
const written = (what: string): string =>
  what.startsWith('rule:') ? what : what.replace(/[a-z]/g, (letter) => letter.toUpperCase());

/** A rule of the settings that is probably meant, where none has this name; rules with a star are taken as they are. */
const ruleDoubt = (what: string, { pipeline }: Settings): string | null => {
  if (!what.startsWith('rule:') || what.includes('*')) return null;
  const known = [...pipeline.rules().map(({ id }) => id), 'market'];
  const name = what.slice('rule:'.length);
  if (known.includes(name)) return null;
  const near = suggest(name, known);
  return `these settings have no rule ${name}; they have ${known.join(', ')}${near === null ? '' : ` (did you mean ${near}?)`}`;
};

interface Wanted {
  readonly file: SilencesFile;
  readonly settings: Settings;
  readonly nowMs: number;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
}

const silence = async ({ what, duration, reason }: MuteOptions, { file, settings, nowMs, print, complain }: Wanted) => {
  const forMs = duration === undefined ? null : parseDurationMs(duration);
  if (what === undefined || forMs === null || forMs <= 0 || forMs > DURATION_MS_MAX) {
    complain('mute needs a symbol or rule:NAME, and a duration with its unit up to 366d, such as: mute BTCUSDT 30m');
    return EXIT_USAGE;
  }
  if (!/^(?:rule:)?[^\s:]+$/.test(what) || (reason?.length ?? 0) > 200) {
    complain(
      'what is silenced should be a symbol such as BTC*, or rule: and the name of a rule; a reason has at most 200 characters',
    );
    return EXIT_USAGE;
  }
  const doubt = ruleDoubt(what, settings);
  if (doubt !== null) {
    complain(doubt);
    return EXIT_DATA;
  }
  const said = { what: written(what), sinceMs: nowMs, untilMs: nowMs + forMs, reason: reason ?? null };
  const made: Silence = { ...said, id: silenceId(said) };
  await changed(file, (before) => [...before.filter(({ untilMs }) => untilMs > nowMs - KEEP_MS), made]);
  print(`${made.what} is silenced for ${formatDuration(forMs)}, until ${timeText(Math.floor(made.untilMs / 1_000) * 1_000)} UTC`);
  print(`lift it with: mute --lift ${made.id}`);
  return 0;
};

/** What is lifted has ended now: it stays on record, and what it withheld is still told with the next alert. */
const lift = async (id: string, { file, nowMs, print, complain }: Wanted): Promise<number> => {
  const isHeld = (each: Silence): boolean => each.id === id && each.untilMs > nowMs;
  const before = await loaded(file);
  const found = before.find(isHeld);
  if (found === undefined) {
    complain(`no silence ${id} holds; mute --list shows those that do`);
    return EXIT_DATA;
  }
  await changed(file, (all) =>
    all.flatMap((each) => (!isHeld(each) ? [each] : each.sinceMs < nowMs ? [{ ...each, untilMs: nowMs }] : [])),
  );
  print(`${found.what} is heard again`);
  return 0;
};

/**
 * Silences a symbol or a rule for a while, lists what is silenced, or lifts it. A running monitor follows within seconds.
 * 0 done, 64 usage, 65 no such silence or rule, 73 the file cannot be used, 78 wrong settings.
 */
export const mute = async (options: MuteOptions): Promise<number> => {
  const { config: path, set, env, nowMs = asyncScheduler.now() } = options;
  const { print = (line) => process.stdout.write(`${line}\n`), complain = (line) => process.stderr.write(`${line}\n`) } = options;
  const read = config.load({ config: path, overrides: set, env });
  if (!read.ok) {
    for (const line of problemLines(read.problems)) complain(line);
    return EXIT_CONFIG;
  }
  const { settings } = read;
  const where = silencesPath(settings);
  if (where === null) {
    complain(`the store ${settings.store.type} has no folder to keep silences in: set silences.file`);
    return EXIT_DATA;
  }
  const wanted: Wanted = { file: { files: createFiles(), path: where }, settings, nowMs, print, complain };
  try {
    if (options.list === true) {
      for (const line of listLines(await loaded(wanted.file), nowMs)) print(line);
      return 0;
    }
    return await (options.lift === undefined ? silence(options, wanted) : lift(options.lift, wanted));
  } catch (error) {
    if (!(error instanceof SilencesError)) throw error;
    complain(error.detail);
    return EXIT_OUTPUT;
  }
};
