/*
 * Where a house rule does not hold, and why. A line here is a decision: it is reviewed as one, and a line for a file that
 * is not there any more is itself a violation.
 */
export type Exceptions = Readonly<Record<string, string>>;

/** May read a clock, wait on the platform's timers or ask it for chance. `src/runtime/` is where these live. */
export const CLOCKS: Exceptions = {
  'src/commands/host.ts': 'hands chance down to the parts, once',
  'src/commands/surroundings.ts': 'the same for commands that only look',
  'src/commands/replay.ts': 'says how fast the replay was; nothing depends on it',
};

/** May subscribe. `src/runtime/` and `src/commands/` may too: they are edges. */
export const SUBSCRIBERS: Exceptions = {
  'src/operators/bars/in-turn.ts': 'written from scratch: an inner observable per bar would cost more than its measures',
  'src/operators/bars/per-symbol.ts': 'written from scratch: the subjects of groupBy would be a third of all work in replay',
  'src/operators/bars/reorder.ts':
    'written from scratch: one alarm that is set and silenced by what arrives, and nothing else per bar',
  'src/operators/connection/beside.ts':
    'written from scratch: a merge with what says nothing would be one more stage for every value',
  'src/operators/connection/handover.ts':
    'written from scratch: lines overlap, each stops the one before it, and none nests in another',
  'src/operators/judges/judge.ts': 'written from scratch: withLatestFrom makes two kilobytes of iterators for every bar',
  'src/operators/market/fan-out.ts': 'written from scratch: the Subject of connect makes iterators for every bar',
  'src/operators/market/barrier.ts': 'written from scratch: two inputs and alarms that are set and cancelled by what arrives',
  'src/sources/binance/weight.ts': 'a queue shared by all requests, woken when the budget is renewed',
  'src/stores/server/lease.ts': 'a lease is renewed for as long as it is held, whatever is asked of the store meanwhile',
  'src/simulator/direct.ts': 'a door: both ends of a connection without a socket',
  'src/simulator/server.ts': 'a door: real sockets ask the simulated world',
  'src/simulator/exchange/sockets.ts': 'the exchange listens to each of its clients, and plays while there is one',
  'src/simulator/exchange/connection.ts': 'the exchange ends and answers connections in its own time',
  'src/simulator/exchange/player.ts': 'written from scratch: a clock that may be slept through',
};

/** May make a Subject, kept inside and completed by its maker. */
export const SUBJECTS: Exceptions = {
  'src/operators/delivery/to-each-sink.ts': 'what one sink raises is heard by the others, which are all under way by then',
  'src/operators/market/readings.ts':
    'longer bars that are told for context go to the series they belong to, past those that are judged',
  'src/operators/market/with-longer.ts':
    'a longer bar is fed back by the very bar that completes it, and must be measured before that is',
  'src/operators/delivery/fallback.ts': 'what one sink does not take becomes another row of a sink that has its stage already',
  'src/simulator/direct.ts': 'what the client sends is called in, not streamed',
  'src/simulator/server.ts': 'what the client sends comes as events of a socket',
  'src/sources/binance/binance.ts':
    'open bars are read among the closed ones and are no events of the feed: they leave by a door of their own',
  'src/operators/connection/watchdog.ts': 'the end of the source ends the looking',
  'src/sources/binance/market.ts':
    'what is read from the answers moves the timer that asks, and silence at a close the subscriptions',
  'src/sources/binance/probe/stream.ts': 'the connection answers its own opening, so the stream is a loop',
  'src/sources/binance/pool.ts': 'tells the latest list of streams to sockets that are added later',
  'src/sources/binance/session.ts': 'the connection answers its own commands, so the stream is a loop',
};

/** May `tap` among the pure rooms. */
export const TAPS: Exceptions = {
  'src/operators/delivery/deliver-to.ts': 'notes that no more will come, and what a sink is to say besides',
  'src/operators/market/with-longer.ts': 'remembers what was measured of longer bars, and notes where the series begins',
  'src/operators/market/early.ts': 'keeps the bars of every series, so that one that is still forming can be measured',
  'src/operators/market/closes.ts': 'notes who was there at the start, before anybody asks for a position',
  'src/operators/bars/in-order.ts': 'reports a refill once it is whole',
  'src/operators/connection/reconnect.ts': 'notes when items came, to tell a steady connection from one that keeps failing',
  'src/operators/connection/watchdog.ts': 'counts what came, which one slow timer compares: a busy feed pays nothing per item',
};

/** Classes that are neither errors nor could be a factory of a plain object. */
export const CLASSES: Exceptions = {
  'src/operators/measures/parts/ring.ts': 'there are many for each series, and closures would take more memory than the numbers',
  'src/operators/measures/parts/trail.ts': 'the same',
  'src/operators/measures/parts/sorted-window.ts': 'the same',
  'src/operators/measures/parts/sum-tree.ts': 'the same',
  'src/operators/windows/sliding-window.ts':
    'one set of methods for the windows of all series: a fifth of the memory of a series, and reads that are inlined',
  'src/operators/measures/measure.ts':
    'a reading of every bar, whose named values are made when somebody asks: an accessor for each would cost more',
  'src/operators/judges/judge.ts': 'the same of a bar that was judged',
  'src/operators/judges/unfired.ts': 'the same of a verdict, whose conditions are made when somebody asks',
  'src/operators/bars/in-turn.ts': 'one set of methods for the turns of all series, two of which every bar goes through',
  'src/model/secret.ts': 'only a class can hide its text from every way of printing an object',
};
