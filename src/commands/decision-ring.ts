import { lastValueFrom, toArray } from 'rxjs';
import { config } from '../config/index.js';
import type { Environment } from '../config/substitute.js';
import { suggest } from '../config/suggest.js';
import type { Interval } from '../model/interval.js';
import type { Market } from '../model/series.js';
import { createRingFiles } from '../runtime/ring-files.js';
import type { Account } from '../telemetry/decisions/account.js';
import { accountsOf } from '../telemetry/decisions/account.js';
import type { DecidedClose } from '../telemetry/decisions/decision.js';
import type { ReadFile } from '../telemetry/decisions/read.js';
import { readDecisions } from '../telemetry/decisions/read.js';
import { EXIT_CONFIG, problemLines } from './check.js';
import type { Units } from './decision-words.js';
import { spanText } from './decision-words.js';
import { decisionsFolder } from './decisions-folder.js';

/** `EX_DATAERR`: what was asked for is not there. */
const EXIT_DATA = 65;

/** What all questions to the ring of decisions have in common. */
export interface RingQuestion {
  /** Folder of the ring; else the one that the settings name. */
  readonly ring?: string | undefined;
  readonly config?: string | undefined;
  readonly market?: Market | undefined;
  readonly interval?: Interval | undefined;
  readonly rule?: string | undefined;
  readonly json?: boolean | undefined;
  readonly set: readonly string[];
  readonly env: Environment;
}

export interface SymbolQuestion extends RingQuestion {
  readonly symbol: string;
  /** Milliseconds since 1970, or a time of day (UTC) such as `12:15`: the last one before the newest decision. */
  readonly time?: number | string | undefined;
}

/** Or the exit code, when what was wrong has been said. */
type Or<T> = T | number;

const say = (lines: readonly string[]): void => void process.stderr.write(lines.map((line) => `${line}\n`).join(''));

const refuse = (...lines: readonly string[]): number => {
  say(lines);
  return EXIT_DATA;
};

/** The folder of the ring, by option or by settings. */
const folderOf = ({ ring, config: path, set, env }: RingQuestion): Or<string> => {
  if (ring !== undefined) return ring;
  const loaded = config.load({ config: path, overrides: set, env });
  if (!loaded.ok) {
    say([...problemLines(loaded.problems), 'with --ring FOLDER no settings are read']);
    return EXIT_CONFIG;
  }
  const folder = decisionsFolder(loaded.settings);
  if (folder !== null) return folder;
  return refuse(
    'these settings keep no ring of decisions: set decisions.enabled to on, and decisions.folder where the store has no folder, and run again',
  );
};

/** The ring a question is put to. */
export interface OpenRing {
  readonly folder: string;
  /** The files that hold something, each read anew. */
  read(wanted: (symbol: string) => boolean): ReturnType<typeof readDecisions>;
}

export const openRing = async (question: RingQuestion): Promise<Or<OpenRing>> => {
  const folder = folderOf(question);
  if (typeof folder === 'number') return folder;
  const files = createRingFiles();
  const found = await lastValueFrom(files.list(folder), { defaultValue: [] });
  if (found.length === 0)
    return refuse(
      `there are no decisions in ${folder} yet`,
      'the monitor records them there as soon as a bar closes, unless decisions.enabled is off (node dist/main.js check says whether the settings are valid)',
    );
  return { folder, read: (wanted) => readDecisions(files, folder, wanted) };
};

/** Says of each file that could not be read to its end what is missing. A torn end is the ordinary end of a file in use. */
export const sayDamage = (folder: string, read: readonly Pick<ReadFile, 'name' | 'ending'>[]): void => {
  for (const { name, ending } of read) {
    if (ending === 'damaged') say([`${folder}/${name} is damaged: what follows the damage is not shown`]);
    if (ending === 'newer') say([`${folder}/${name} was written by a later version and is not shown`]);
  }
};

const DAY_MS = 86_400_000;

/** The moment meant by a time of day: the last such one up to `newestMs`. */
const momentOf = (time: number | string | undefined, newestMs: number): number | null => {
  if (typeof time !== 'string') return time ?? null;
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const ofDay = (hours * 60 + minutes) * 60_000;
  const today = Math.floor(newestMs / DAY_MS) * DAY_MS + ofDay;
  return today <= newestMs ? today : today - DAY_MS;
};

/** What the ring says of the symbol asked for. */
export interface Answer {
  readonly accounts: readonly Account[];
  readonly units: Units;
}

const QUOTE = /(?:USDT|USDC|FDUSD|TUSD|TRY|EUR|BRL|BTC|ETH|BNB)$/;

/** The symbol that was probably meant. What all symbols end with says nothing: BTCUSDT and ACTUSDT are not alike. */
const meant = (symbol: string, symbols: readonly string[]): string | null => {
  const asked = symbol.toUpperCase();
  const whole = symbols.find((each) => each.replace(QUOTE, '') === asked);
  if (whole !== undefined) return whole;
  const quote = QUOTE.exec(asked)?.[0];
  if (quote === undefined || quote === asked) return suggest(asked, symbols);
  const bases = symbols.filter((each) => each.endsWith(quote)).map((each) => each.slice(0, -quote.length));
  const base = suggest(asked.slice(0, -quote.length), bases);
  return base === null ? null : base + quote;
};

const refuseSymbol = (symbol: string, symbols: ReadonlySet<string>, closes: readonly DecidedClose[]): number => {
  const near = meant(symbol, [...symbols]);
  const times = closes.map(({ decisionTimeMs }) => decisionTimeMs);
  const fromMs = times.reduce((a, b) => Math.min(a, b), Infinity);
  const toMs = times.reduce((a, b) => Math.max(a, b), -Infinity);
  const reach = closes.length === 0 ? 'is empty' : `reaches from ${spanText({ fromMs, toMs })} and knows ${symbols.size} symbols`;
  return refuse(
    `${symbol} was not judged: nothing is known of such a symbol${near === null ? '' : `, did you mean ${near}?`}`,
    `the ring ${reach}; only symbols that trade on the watched markets, above the gate of the universe, are followed`,
  );
};

/** Looks the symbol up; what is missing has been said when it gives an exit code. */
export const ask = async (question: SymbolQuestion): Promise<Or<Answer>> => {
  const ring = await openRing(question);
  if (typeof ring === 'number') return ring;
  const asked = question.symbol.toUpperCase();
  const read = await lastValueFrom(ring.read((symbol) => symbol.toUpperCase() === asked).pipe(toArray()), { defaultValue: [] });
  sayDamage(ring.folder, read);
  const closes = read.flatMap((file) => file.closes);
  const symbols = new Set(read.flatMap((file) => [...file.symbols]));
  const symbol = symbols.has(question.symbol) ? question.symbol : [...symbols].find((each) => each.toUpperCase() === asked);
  if (symbol === undefined) return refuseSymbol(question.symbol, symbols, closes);
  const newestMs = closes.reduce((newest, { decisionTimeMs }) => Math.max(newest, decisionTimeMs), 0);
  const { market, interval } = question;
  const accounts = accountsOf(closes, { symbol, timeMs: momentOf(question.time, newestMs), market, interval });
  if (accounts.length === 0)
    return refuse(`${symbol} is in the ring, but not with ${[market, interval].filter(Boolean).join(' ')}`);
  return { accounts, units: Object.assign({}, ...read.map(({ header }) => header?.units ?? {})) as Units };
};
