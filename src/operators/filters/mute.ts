import type { Alert } from '../../model/alert.js';
import type { Silence } from '../../model/silence.js';
import { silenceOf } from '../../model/silence.js';
import type { Parts } from '../../ports/pipeline.js';
import type { Annotation, CloseFilter, Withheld } from './filter-closes.js';
import type { MuteMemory } from './mute-memory.js';
import { UNROUTED } from './mute-memory.js';

/** `2026-08-06 12:30`: the minute is enough for people, and UTC is said beside it. */
const minuteText = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ');

/**
 * Why nobody is to be told of an alert now, in a few words; `null`: somebody is. It may be that a silence holds, that a mute time
 * lasts, or that no route leads to a sink.
 */
export const mutedBy = (silences: readonly Silence[], routeOf: Parts['routeOf'], alert: Alert): string | null => {
  const silence = silenceOf(silences, alert);
  if (silence !== null) {
    const { id, what, untilMs, reason } = silence;
    return `silence ${id} of ${what} until ${minuteText(untilMs)} UTC${reason === null ? '' : `: ${reason}`}`;
  }
  if (routeOf === undefined) return null;
  const { sinks, muteTime, why } = routeOf(alert);
  if (sinks.length > 0) return null;
  return muteTime !== null || why.startsWith(UNROUTED) ? why : `${UNROUTED}${why}`;
};

export interface MuteOptions {
  readonly silences: readonly Silence[];
  /** Where each alert goes; somewhere if absent. */
  readonly routeOf?: Parts['routeOf'];
  readonly memory: MuteMemory;
}

/**
 * Withholds alerts that somebody does not want to hear now: of a silence, of a mute time, or without a sink at the end of their
 * route. It stands behind the cooldown, so that only what would have been told is counted, and before whatever chooses among the
 * alerts of a close, so that nobody else is told by one that is not heard. What it withholds arms nothing. The next alert of the
 * same symbol and rule says how many there were (`silenced`).
 *
 * ```
 * close$                -a-b-c-d-|   an alert each; a silence holds at b and c
 * filterCloses([mute])  -A-B-C-D-|   B and C withheld; D says: 2 since b
 * ```
 */
export const mute = ({ silences, routeOf, memory }: MuteOptions): CloseFilter => ({
  decide: (alerts) => {
    const withheld = new Map<string, Withheld>();
    const annotated = new Map<string, Annotation>();
    for (const alert of alerts) {
      const because = mutedBy(silences, routeOf, alert);
      if (because !== null) {
        withheld.set(alert.id, { by: 'mute', because });
        memory.withheld({ ...alert, because });
        continue;
      }
      const silenced = memory.since(alert);
      if (silenced !== null) annotated.set(alert.id, { silenced });
    }
    return { withheld, annotated };
  },
  remember: memory.remember,
});
