import type { OperatorFunction, Subscriber } from 'rxjs';
import { Observable } from 'rxjs';
import type { Bar } from '../../model/bar.js';
import type { Series } from '../../model/series.js';
import type { Quarantine } from './quarantine.js';

/** What can be told apart by series: a bar, or something that holds or names one. */
type OfOneSeries = Series | { readonly bar: Bar } | { readonly series: Series };

const seriesOf = (value: OfOneSeries): Series => ('bar' in value ? value.bar : 'series' in value ? value.series : value);

/**
 * One series with the inputs of its copy of the stage. Everything that is on the way of a bar lies in the branch itself: by the
 * next turn of its series whatever is a step away has to be fetched from far again.
 */
interface Branch<A> {
  readonly market: Series['market'];
  readonly interval: Series['interval'];
  input: Subscriber<A> | undefined;
  /** Further ones, where the stage subscribes to its source more than once. Replaced, never changed. */
  others: readonly Subscriber<A>[];
  /** Another market or interval of its symbol. */
  next: Branch<A> | undefined;
}

const NONE: readonly never[] = [];

const inputsOf = <A>({ input, others }: Branch<A>): readonly Subscriber<A>[] => (input === undefined ? NONE : [input, ...others]);

const setInputs = <A>(branch: Branch<A>, [input, ...others]: readonly Subscriber<A>[]): void => {
  branch.input = input;
  branch.others = others.length === 0 ? NONE : others;
};

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
      /** The first branch of each symbol. Hardly any has another. */
      const bySymbol = new Map<string, Branch<A>>();
      let running = 1;
      const ended = (): void => {
        running--;
        if (running === 0) subscriber.complete();
      };

      /** What has failed hears nothing any more. */
      const fail = (series: Series, branch: Branch<A>, error: unknown): void => {
        setInputs(branch, NONE);
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
          setInputs(branch, [...inputsOf(branch), input]);
          return () => {
            setInputs(
              branch,
              inputsOf(branch).filter((each) => each !== input),
            );
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
        let last: Branch<A> | undefined;
        for (let each = bySymbol.get(symbol); each !== undefined; each = each.next) {
          if (each.market === market && each.interval === interval) return each;
          last = each;
        }
        const branch: Branch<A> = { market, interval, input: undefined, others: NONE, next: undefined };
        if (last === undefined) bySymbol.set(symbol, branch);
        else last.next = branch;
        start({ market, symbol, interval }, branch);
        return branch;
      };

      subscriber.add(
        source$.subscribe({
          next: (value) => {
            const { input, others } = branchOf(seriesOf(value));
            input?.next(value);
            for (const each of others) each.next(value);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            for (const first of bySymbol.values())
              for (let each: Branch<A> | undefined = first; each !== undefined; each = each.next)
                for (const input of inputsOf(each)) input.complete();
            ended();
          },
        }),
      );
    });
