import type { Alert } from '../../model/alert.js';
import { isOfClosedBar } from '../../model/alert.js';
import type { Close } from '../../model/close.js';
import type { Episode, EpisodeRole, EpisodeSettings } from '../../model/episode.js';
import type { Market } from '../../model/series.js';
import type { Direction } from '../../model/verdict.js';
import { atMoment, forgottenAtMs, isDueAgain, openedBy, takesIn, withAlert, withBar } from './episodes-steps.js';

/** What one close makes of the episodes. */
export interface EpisodesChange {
  /** The close, its alerts with their roles, and the episodes that tell something new. */
  readonly close: Close;
  readonly changed: readonly Episode[];
  /** Ids of those that are over, and are forgotten now. */
  readonly forgotten: readonly string[];
}

/** The episodes that are not over. */
export interface EpisodesBook {
  enter(close: Close): EpisodesChange;
}

type Role = Pick<Alert, 'episode'>;

const latestOf = (episodes: readonly Episode[], wanted: Direction): Episode | undefined =>
  episodes.findLast(({ direction }) => direction === wanted);

export const createEpisodesBook = (kept: readonly Episode[], settings: EpisodeSettings): EpisodesBook => {
  /** By market and symbol, oldest first: a symbol has few, one or two of each direction. */
  const markets = new Map<Market, Map<string, readonly Episode[]>>();
  const symbolsOf = (market: Market): Map<string, readonly Episode[]> => {
    const known = markets.get(market) ?? new Map<string, readonly Episode[]>();
    markets.set(market, known);
    return known;
  };
  for (const episode of [...kept].sort((a, b) => a.opened.decisionTimeMs - b.opened.decisionTimeMs)) {
    const symbols = symbolsOf(episode.market);
    symbols.set(episode.symbol, [...(symbols.get(episode.symbol) ?? []), episode]);
  }

  const roleOf = (episode: Episode, alert: Alert): EpisodeRole => {
    if (alert.id === episode.id) return 'opens';
    return alert.escalates === undefined ? 'joins' : 'escalates';
  };

  /** The role of a fired alert; what it changes is put down in the symbol's episodes. */
  const enterAlert = (symbols: Map<string, readonly Episode[]>, alert: Alert): Role | null => {
    const isSent = alert.suppressedBy === null;
    if (!isOfClosedBar(alert) || (!isSent && alert.suppressedBy !== 'cooldown')) return null;
    // The index of the whole market begins anew with every bar: its alerts do not grow out of one another.
    if (alert.kind === 'market') return isSent ? { episode: { id: alert.id, role: 'opens' } } : null;
    const before = symbols.get(alert.symbol) ?? [];
    const known = before.find(({ entries }) => entries.some(({ id }) => id === alert.id));
    const latest = latestOf(before, alert.direction);
    const open = latest !== undefined && takesIn(latest, alert, settings) ? latest : undefined;
    const episode = known ?? (isSent && open !== undefined && isDueAgain(open, alert, settings) ? undefined : open);
    if (episode === undefined) {
      if (!isSent) return null;
      symbols.set(alert.symbol, [...before, openedBy(alert)]);
      return { episode: { id: alert.id, role: 'opens' } };
    }
    const role = roleOf(episode, alert);
    const after = withAlert(episode, alert, isSent && role === 'escalates');
    if (after !== episode)
      symbols.set(
        alert.symbol,
        before.map((each) => (each === episode ? after : each)),
      );
    return isSent ? { episode: { id: episode.id, role } } : null;
  };

  const enterBars = (symbols: Map<string, readonly Episode[]>, { judged }: Close): void => {
    for (const { bar } of judged) {
      const before = symbols.get(bar.symbol);
      if (before === undefined) continue;
      const after = before.map((episode) => withBar(episode, bar, settings, latestOf(before, episode.direction) === episode));
      if (after.some((episode, n) => episode !== before[n])) symbols.set(bar.symbol, after);
    }
  };

  /** Told outcomes that will not come, and lets go of what is over. */
  const pass = (symbols: Map<string, readonly Episode[]>, nowMs: number): readonly string[] => {
    const forgotten: string[] = [];
    for (const [symbol, before] of symbols) {
      const over = before.filter((episode) => nowMs >= forgottenAtMs(episode, settings));
      const left = before.filter((episode) => !over.includes(episode)).map((episode) => atMoment(episode, nowMs));
      forgotten.push(...over.map(({ id }) => id));
      if (left.length === 0) symbols.delete(symbol);
      else if (over.length > 0 || left.some((episode, n) => episode !== before[n])) symbols.set(symbol, left);
    }
    return forgotten;
  };

  /** Every episode that is not as it was counts one version more. */
  const count = (symbols: Map<string, readonly Episode[]>, was: ReadonlyMap<string, readonly Episode[]>): readonly Episode[] => {
    const changed: Episode[] = [];
    for (const [symbol, episodes] of symbols) {
      const before = was.get(symbol);
      if (episodes === before) continue;
      const counted = episodes.map((episode) => {
        const old = before?.find(({ id }) => id === episode.id);
        if (old === episode) return episode;
        const next = old === undefined ? episode : { ...episode, version: old.version + 1 };
        changed.push(next);
        return next;
      });
      symbols.set(symbol, counted);
    }
    return changed;
  };

  return {
    enter: (close) => {
      const symbols = symbolsOf(close.market);
      const nothing = { close, changed: [], forgotten: [] };
      if (close.revision === true || (symbols.size === 0 && close.alerts.length === 0)) return nothing;
      const was = new Map(symbols);
      const alerts = close.alerts.map((alert) => {
        const role = enterAlert(symbols, alert);
        return role === null ? alert : { ...alert, ...role };
      });
      enterBars(symbols, close);
      const forgotten = close.late ? [] : pass(symbols, close.decisionTimeMs);
      const changed = count(symbols, was);
      if (changed.length === 0 && alerts.every((alert, n) => alert === close.alerts[n])) return { ...nothing, forgotten };
      return { close: { ...close, alerts, ...(changed.length === 0 ? {} : { episodes: changed }) }, changed, forgotten };
    },
  };
};
