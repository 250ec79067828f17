import type { Alert, Mark, Suppression } from '../../model/alert.js';
import type { Values } from '../../model/reading.js';
import type { Annotation, CloseFilter, Withheld } from './filter-closes.js';

/** What a gate says of one alert: it passes, it is withheld, or it passes with a mark. */
export type Passage = 'pass' | 'withhold' | Mark;

const NOTHING: Values = {};

/** A filter that looks at each alert for itself, by the values of its bar at this close. What it withholds has the reason `by`. */
export const gate = (by: Suppression, look: (values: Values, alert: Alert) => Passage): CloseFilter => ({
  decide: (alerts, close) => {
    const bySymbol = new Map(close.judged.map((judged) => [judged.bar.symbol, judged]));
    const withheld = new Map<string, Withheld>();
    const annotated = new Map<string, Annotation>();
    for (const alert of alerts) {
      const passage = look(bySymbol.get(alert.symbol)?.values ?? NOTHING, alert);
      if (passage === 'withhold') withheld.set(alert.id, { by });
      else if (passage !== 'pass') annotated.set(alert.id, { marks: [...(alert.marks ?? []), passage] });
    }
    return { withheld, annotated };
  },
});
