import type { OperatorFunction, Subscriber } from 'rxjs';
import { Observable } from 'rxjs';
import type { Bar } from '../../model/bar.js';
import type { Series } from '../../model/series.js';
import type { Quarantine } from './quarantine.js';

/** What can be told apart by series: a bar, or something that holds or names one. */
type OfOneSeries = Series | { readonly bar: Bar } | { readonly series: Series };

const seriesOf = (value: OfOneSeries): Series => ('bar' in value ? value.bar : 'series' in value ? value.series : value);

/** One series with the inputs of its copy of the stage: one, unless the stage subscribes to its source more than once. */
interface Branch<A> {
  readonly market: Series['market'];
  readonly interval: Series['interval'];
  /** Replaced, never changed: an array that grows is made far too large, and there is one for each series. */
  inputs: readonly Subscriber<A>[];
}

/**
 * Runs a copy of a stage for every series (market, symbol, interval), each with its own state. A series that waits for its
 * refill holds back no other.
 *
 * ```
 * bar$                    -a-x-b-c-y-|   a b c of one symbol, x y of another
 * perSymbol(() => count)  -1-1-2-3-2-|
 * ```
 *
 * It is `groupBy` and `mergeMap` in one, without their subjects and without making a key of text for every bar: in replay of
 * millions of bars those would be a third of all work.
 *
 * A copy that fails ends everything; with a `quarantine` it is set aside, and its series is heard no more.
 *
 * ```
 * bar$                          -a-x-b-c-y-|   a copy that fails at b
 * perSymbol(stage, quarantine)  -1-1-----2-|
 * ```
 *
 * *Memory.* A series' copy lives as long as the subscription. The exchange bounds the number of symbols, and a silent symbol
 * must not lose its window: an expiry shorter than the data's rhythm would reset every window before it filled.
 */
export const perSymbol =
  <A extends OfOneSeries, B>(stage: () => OperatorFunction<A, B>, quarantine?: Quarantine): OperatorFunction<A, B> =>
  (source$) =>
    new Observable<B>((subscriber) => {
      // Hardly any symbol has more than one market and interval, so the second step is a look at one or two.
      const bySymbol = new Map<string, readonly Branch<A>[]>();
      let running = 1;
      const ended = (): void => {
        running--;
        if (running === 0) subscriber.complete();
      };

      /** What has failed hears nothing any more. */
      const fail = (series: Series, branch: Branch<A>, error: unknown): void => {
        branch.inputs = [];
        try {
          if (quarantine === undefined) throw error;
          quarantine.setAside(series, error);
          ended();
        } catch (beyond) {
          subscriber.error(beyond);
        }
      };

      const told = (value: B): void => subscriber.next(value);

      const start = (series: Series, branch: Branch<A>): void => {
        running++;
        const input$ = new Observable<A>((input) => {
          branch.inputs = branch.inputs.concat(input);
          return () => {
            branch.inputs = branch.inputs.filter((each) => each !== input);
          };
        });
        subscriber.add(
          input$.pipe(stage()).subscribe({
            next: told,
            error: (error: unknown) => fail(series, branch, error),
            complete: ended,
          }),
        );
      };

      const branchOf = ({ market, symbol, interval }: Series): Branch<A> => {
        const branches = bySymbol.get(symbol) ?? [];
        for (const branch of branches) if (branch.market === market && branch.interval === interval) return branch;
        const branch: Branch<A> = { market, interval, inputs: [] };
        bySymbol.set(symbol, branches.concat(branch));
        start({ market, symbol, interval }, branch);
        return branch;
      };

      subscriber.add(
        source$.subscribe({
          next: (value) => {
            const { inputs } = branchOf(seriesOf(value));
            if (inputs.length === 1) (inputs[0] as Subscriber<A>).next(value);
            else for (const input of inputs) input.next(value);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            for (const branches of bySymbol.values())
              for (const { inputs } of branches) for (const input of inputs) input.complete();
            ended();
          },
        }),
      );
    });
