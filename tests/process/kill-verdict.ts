import type { Alert } from '../../src/model/alert.js';
import { alertId } from '../../src/model/alert.js';
import { isFinal } from '../../src/model/delivery.js';
import type { Recording } from '../../src/simulator/exchange/recording.js';
import type { OracleSeries } from '../golden/momentum-oracle.js';
import { momentumOracle } from '../golden/momentum-oracle.js';
import { readFooters, readMessage } from '../support/loopback.js';
import type { Told } from './journal.js';
import type { Evidence } from './kill-world.js';
import { COOLDOWN_MS, MAX_AGE_MS, RULE, SYMBOLS } from './kill-world.js';

/**
 * In wire time: the sink may sit out five seconds for its turn after the age was looked at, and then there is the way to Discord, on
 * which a busy machine may keep both ends waiting.
 */
const TURN_MS_MAX = 10_000;

const BAR_MS = 60_000;
/** The default of delivery.maxUnknownResends. */
const MAX_UNKNOWN_RESENDS = 3;

/** Jepsen's four sets, of alert ids. */
export interface Sets {
  /** Should have been told of and has neither a message nor a recorded end. */
  readonly lost: readonly string[];
  /** Came more than once. */
  readonly duplicated: readonly string[];
  /** Came, or was recorded, and nobody knows why. */
  readonly unexpected: readonly string[];
  /** Nobody knew at some time whether it had come, and in the end it was delivered. */
  readonly recovered: readonly string[];
}

export interface Verdict {
  readonly sets: Sets;
  /** Every broken promise in one sentence; none is the goal. */
  readonly broken: readonly string[];
  readonly inFlight: number;
  readonly lines: readonly string[];
}

/** The bars of a recording as the exchange tells them, for the plain-loop oracle. */
const oracleSeries = (recording: Recording): OracleSeries => {
  const cells = Array.from({ length: recording.cells }, (_, cell) => cell).filter(
    (cell) => !Number.isNaN(recording.numbers.open[cell]),
  );
  const texts = cells.map(recording.text);
  return {
    symbol: recording.symbol,
    barMs: recording.stepMs,
    openTimeMs: cells.map((cell) => recording.firstMs + cell * recording.stepMs),
    high: texts.map(({ high }) => Number(high)),
    low: texts.map(({ low }) => Number(low)),
    close: texts.map(({ close }) => Number(close)),
    volume: texts.map(({ volume }) => Number(volume)),
    quoteVolume: texts.map(({ quoteVolume }) => Number(quoteVolume)),
  };
};

const groupBy = <T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
};

interface Fire {
  readonly id: string;
  readonly words: string;
}

/** What an uninterrupted observer of the same bars says of those that were judged, all lives together. */
const expectedFires = ({ judged, loopback }: Evidence): readonly Fire[] =>
  momentumOracle(loopback.recordings.usdm.map(oracleSeries), { ...RULE, liquidityLevel: 0, shortHistory: 'judge', cooldownMs: 0 })
    .filter(({ symbol, openTimeMs }) => {
      const { firstMs = Infinity, lastMs = -Infinity } = judged.get(symbol) ?? {};
      return openTimeMs > firstMs && openTimeMs <= lastMs;
    })
    .map((fire) => ({
      id: alertId({ rule: 'momentum', ruleVersion: 1, market: 'usdm', interval: '1m', ...fire }),
      words: `${fire.symbol} ${fire.direction} of ${new Date(fire.openTimeMs).toISOString()}`,
    }));

interface Message {
  readonly messageId: string;
  readonly alertId: string;
  readonly attempt: number;
  readonly marked: boolean;
}

/** Of the rows alone: every alert has the rows it should have, each with an end, each end with its message. */
const brokenRows = (
  alerts: ReadonlyMap<string, Alert>,
  deliveries: readonly Told[],
  messages: readonly Message[],
  edited: ReadonlySet<string>,
): readonly string[] => {
  const rowsOf = groupBy(deliveries, ({ row }) => row.alertId);
  const byMessageId = groupBy(messages, (message) => message.messageId);
  const episodeOf = (id: string): string | undefined => alerts.get(id)?.episode?.id;
  /** A message of its own, or, for an alert that joins an episode, the message of that, which was changed since. */
  const tells = (id: string, messageId: string): boolean => {
    const told = byMessageId.get(messageId) ?? [];
    const isOfEpisode = told.some((message) => episodeOf(message.alertId) === episodeOf(id));
    return (
      told.some((message) => message.alertId === id) || (episodeOf(id) !== undefined && isOfEpisode && edited.has(messageId))
    );
  };
  const isToldAnywhere = (id: string): boolean => messages.some((message) => message.alertId === id);
  return [...alerts.values()].flatMap(({ id, suppressedBy }) => {
    const rows = (rowsOf.get(id) ?? []).map(({ row }) => row);
    const sinks = rows.map(({ sink }) => sink).join();
    const wanted = suppressedBy === null ? 'discord' : '*';
    if (sinks !== wanted) return [`${id} has rows for "${sinks}" and should have "${wanted}"`];
    return rows.flatMap(({ state, messageId }) => {
      if (!isFinal(state)) return [`${id} has not ended, it is ${state}`];
      if (state !== 'delivered') return [];
      return (messageId === null ? isToldAnywhere(id) : tells(id, messageId))
        ? []
        : [`${id} is delivered as ${messageId}, and Discord has no such message`];
    });
  });
};

const brokenCopies = (deliveries: readonly Told[], messages: readonly Message[]): readonly string[] => {
  const copiesOf = groupBy(messages, (message) => message.alertId);
  return deliveries.flatMap(({ row, unknownOutcomes, interruptions }) => {
    // In the order in which they were sent: one that was given up may come after the next.
    const copies = [...(copiesOf.get(row.alertId) ?? [])].sort((a, b) => a.attempt - b.attempt);
    const unmarked = copies.slice(1).filter(({ marked }) => !marked).length;
    return [
      ...(copies.length > 1 + unknownOutcomes
        ? [`${row.alertId} came ${copies.length} times after ${unknownOutcomes} unknown outcomes`]
        : []),
      ...(row.unknowns < interruptions
        ? [`${row.alertId} counts ${row.unknowns} unknown outcomes, and was interrupted ${interruptions} times`]
        : []),
      ...(row.unknowns > 1 + MAX_UNKNOWN_RESENDS
        ? [`${row.alertId} was sent again after ${row.unknowns} sends without a reply`]
        : []),
      ...(unmarked > 0 ? [`${row.alertId}: ${unmarked} further copies do not say that they may be repeats`] : []),
    ];
  });
};

/**
 * Alerts of one symbol must be sent for the first time in the order of their bars, and those of which everything is known must come
 * so. What was given up may still be on its way, and come whenever it likes.
 */
const brokenOrder = (
  alerts: ReadonlyMap<string, Alert>,
  deliveries: readonly Told[],
  messages: readonly Message[],
): readonly string[] => {
  const sent = deliveries
    .filter(({ firstSend }) => firstSend !== null)
    .sort((a, b) => (a.firstSend ?? 0) - (b.firstSend ?? 0))
    .map(({ row }) => row.alertId);
  const known = new Set(deliveries.filter(({ unknownOutcomes }) => unknownOutcomes === 0).map(({ row }) => row.alertId));
  const come = messages.map((message) => message.alertId).filter((id) => known.has(id));
  return Object.entries({ sent, come }).flatMap(([how, ids]) => {
    const newest = new Map<string, number>();
    return [...new Set(ids)].flatMap((id) => {
      const alert = alerts.get(id);
      if (alert === undefined) return [];
      const before = newest.get(alert.symbol) ?? -Infinity;
      newest.set(alert.symbol, Math.max(before, alert.openTimeMs));
      return alert.openTimeMs < before ? [`${alert.symbol}: ${id} was ${how} after a later bar's alert`] : [];
    });
  });
};

/** The cooldown is remembered over restarts: no two alerts of one symbol and direction are sent within it. */
const brokenCooldown = (alerts: readonly Alert[]): readonly string[] =>
  [
    ...groupBy(
      alerts.filter(({ suppressedBy }) => suppressedBy === null),
      ({ symbol, direction }) => `${symbol} ${direction}`,
    ),
  ].flatMap(([who, sent]) => {
    const times = sent.map(({ decisionTimeMs }) => decisionTimeMs).sort((a, b) => a - b);
    const close = times.filter((time, i) => i > 0 && time - (times[i - 1] ?? 0) < COOLDOWN_MS).length;
    return close > 0 ? [`${who}: ${close} alerts within the cooldown`] : [];
  });

const brokenAge = (alerts: ReadonlyMap<string, Alert>, { loopback, speed }: Evidence): readonly string[] =>
  loopback.posts().flatMap(({ marketMs, told }) =>
    told.flatMap(({ alertId: id }) => {
      const ageMs = marketMs - (alerts.get(id)?.decisionTimeMs ?? marketMs);
      return ageMs > MAX_AGE_MS + TURN_MS_MAX * speed ? [`${id} was sent ${Math.round(ageMs / 1_000)} s after its bar`] : [];
    }),
  );

const count = (texts: readonly string[]): string =>
  [...groupBy(texts, (text) => text)].map(([text, all]) => `${all.length} ${text}`).join(', ') || 'none';

export const judgeRun = (evidence: Evidence): Verdict => {
  const { kills, journal, loopback, mishaps, caughtUpMs, judged } = evidence;
  const alerts = journal.alerts();
  const byId = new Map(alerts.map((alert) => [alert.id, alert]));
  const deliveries = journal.deliveries();
  const messages = loopback.discord
    .log()
    .flatMap((request) =>
      request.savedId === null
        ? []
        : readFooters(readMessage(request)).map((footer): Message => ({ messageId: request.savedId ?? '', ...footer })),
    );
  const saved = loopback.discord.saved();
  const edited = new Set(saved.filter(({ editedAtMs }) => editedAtMs !== null).map(({ id }) => id));
  const told = new Set(messages.map((message) => message.alertId));
  const fires = expectedFires(evidence);
  const fired = new Set(fires.map(({ id }) => id));
  const ended = new Set(deliveries.filter(({ row }) => isFinal(row.state)).map(({ row }) => row.alertId));
  const missing = fires.filter(({ id }) => !byId.has(id));
  const isChecked = ({ symbol, openTimeMs }: Alert): boolean => openTimeMs > (judged.get(symbol)?.firstMs ?? Infinity);
  const behind = SYMBOLS.filter((symbol) => (judged.get(symbol)?.lastMs ?? -Infinity) < caughtUpMs - BAR_MS);
  const copiesOf = groupBy(messages, (message) => message.alertId);

  const sets: Sets = {
    lost: [...missing.map(({ id }) => id), ...alerts.filter(({ id }) => !told.has(id) && !ended.has(id)).map(({ id }) => id)],
    duplicated: [...copiesOf].filter(([, copies]) => copies.length > 1).map(([id]) => id),
    unexpected: [
      ...[...told].filter((id) => !byId.has(id)),
      ...alerts.filter((alert) => isChecked(alert) && !fired.has(alert.id)).map(({ id }) => id),
    ],
    recovered: deliveries
      .filter(({ row, unknownOutcomes }) => unknownOutcomes > 0 && row.state === 'delivered')
      .map(({ row }) => row.alertId),
  };
  const broken = [
    ...mishaps,
    ...missing.map(({ id, words }) => `${words} (${id}) is not in the journal`),
    ...sets.unexpected.map((id) => `${id} was not to be expected`),
    ...behind.map((symbol) => `${symbol} was not caught up with`),
    ...brokenRows(byId, deliveries, messages, edited),
    ...brokenCopies(deliveries, messages),
    ...brokenOrder(byId, deliveries, messages),
    ...brokenCooldown(alerts),
    ...brokenAge(byId, evidence),
  ];
  const inFlight = kills.filter((kill) => kill.inFlight).length;
  const most = Math.max(0, ...[...copiesOf.values()].map((copies) => copies.length));
  return {
    sets,
    broken,
    inFlight,
    lines: [
      `${kills.length} kills: ${count(kills.map(({ moment }) => moment))}; ${inFlight} with a delivery in flight, ` +
        `${kills.filter(({ atDiscord }) => atDiscord).length} of them at Discord; ${kills.filter(({ isTorn }) => isTorn).length} cut a write short`,
      `${fires.length} alerts expected of an uninterrupted observer, ${alerts.length} in the journal: ${count(deliveries.map(({ row }) => row.state))}`,
      `${messages.length} messages of ${loopback.posts().length} requests, ${messages.length - copiesOf.size} extra copies, ${most} of one alert at most; ${edited.size} messages changed for their episodes`,
      `lost ${sets.lost.length} · duplicated ${sets.duplicated.length} · unexpected ${sets.unexpected.length} · recovered ${sets.recovered.length}`,
    ],
  };
};
