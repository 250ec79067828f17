import type { Interval } from '../model/interval.js';
import { INTERVAL_MS, isInterval } from '../model/interval.js';
import type { MapNode, Problem } from './node.js';
import { nearest, problemAt } from './node.js';
import type { ChosenPipeline, Chosen } from './settings.js';

/** The bar lengths that a source follows; empty where only the recordings say. */
const followedBy = ({ options }: Pick<Chosen<unknown>, 'options'>): readonly Interval[] => {
  const { interval, higherIntervals = [] } = options;
  if (typeof interval !== 'string') return [];
  return [interval, ...(Array.isArray(higherIntervals) ? (higherIntervals as unknown[]) : [])].filter(
    (each): each is Interval => typeof each === 'string' && isInterval(each),
  );
};

/**
 * Rules that would wait for bars for ever, because the source does not follow them, or look at longer bars that cannot be made
 * of those it follows. It takes both sections to see that.
 */
export const notFollowed = (
  root: MapNode,
  source: Pick<Chosen<unknown>, 'options'>,
  pipeline: Pick<ChosenPipeline, 'rules'>,
): readonly Problem[] => {
  const followed = followedBy(source);
  const [shortest] = [...followed].sort((a, b) => INTERVAL_MS[a] - INTERVAL_MS[b]);
  if (shortest === undefined) return [];
  const known = `one of ${followed.join(', ')} (source.interval, source.higherIntervals)`;
  return pipeline.rules().flatMap(({ interval, longer = [] }, index) => {
    const tell = (key: string, text: string): Problem => {
      const path = ['pipeline', 'rules', String(index), key];
      return problemAt(nearest(root, path).origin, path, text);
    };
    if (interval !== undefined && !followed.includes(interval))
      return [tell('interval', `is ${interval}, which the source does not follow, should be ${known}`)];
    const lost = longer.find(
      (each) => INTERVAL_MS[each.interval] <= INTERVAL_MS[shortest] || INTERVAL_MS[each.interval] % INTERVAL_MS[shortest] !== 0,
    );
    if (lost === undefined) return [];
    return [
      tell(
        'when',
        `looks at bars of ${lost.interval}, must look at bars that can be made of several of ${shortest} (source.interval)`,
      ),
    ];
  });
};
