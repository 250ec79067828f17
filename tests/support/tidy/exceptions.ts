/*
 * Where a house rule does not hold, and why. A line here is a decision: it is reviewed as one, and a line for a file that
 * is not there any more is itself a violation.
 */
export type Exceptions = Readonly<Record<string, string>>;

/** May read a clock, wait on the platform's timers or ask it for chance. `src/runtime/` is where these live. */
export const CLOCKS: Exceptions = {
  'src/commands/host.ts': 'hands chance down to the parts, once',
  'src/commands/replay.ts': 'says how fast the replay was; nothing depends on it',
};

/** May subscribe. `src/runtime/` and `src/commands/` may too: they are edges. */
export const SUBSCRIBERS: Exceptions = {
  'src/operators/bars/in-turn.ts': 'written from scratch: an inner observable per bar would cost more than its measures',
  'src/operators/bars/per-symbol.ts': 'written from scratch: the subjects of groupBy would be a third of all work in replay',
  'src/operators/market/barrier.ts': 'written from scratch: two inputs and alarms that are set and cancelled by what arrives',
  'src/sources/binance/weight.ts': 'a queue shared by all requests, woken when the budget is renewed',
  'src/simulator/direct.ts': 'a door: both ends of a connection without a socket',
  'src/simulator/server.ts': 'a door: real sockets ask the simulated world',
  'src/simulator/exchange/sockets.ts': 'the exchange listens to each of its clients, and plays while there is one',
  'src/simulator/exchange/connection.ts': 'the exchange ends and answers connections in its own time',
  'src/simulator/exchange/player.ts': 'written from scratch: a clock that may be slept through',
};

/** May make a Subject, kept inside and completed by its maker. */
export const SUBJECTS: Exceptions = {
  'src/simulator/direct.ts': 'what the client sends is called in, not streamed',
  'src/simulator/server.ts': 'what the client sends comes as events of a socket',
  'src/sources/binance/market.ts': 'what is read from the answers moves the timer that asks',
  'src/sources/binance/session.ts': 'the connection answers its own commands, so the stream is a loop',
};

/** May `tap` among the pure rooms. */
export const TAPS: Exceptions = {
  'src/operators/market/closes.ts': 'notes who was there at the start, before anybody asks for a position',
  'src/operators/bars/in-order.ts': 'reports a refill once it is whole',
  'src/operators/connection/reconnect.ts': 'notes when items came, to tell a steady connection from one that keeps failing',
  'src/operators/connection/watchdog.ts': 'counts what came, which one slow timer compares: a busy feed pays nothing per item',
};

/** Classes that are neither errors nor could be a factory of a plain object. */
export const CLASSES: Exceptions = {
  'src/model/secret.ts': 'only a class can hide its text from every way of printing an object',
};
