import type { BarFaultParts, BarFaults } from './faults/bars.js';
import { createBarFaults } from './faults/bars.js';
import type { ConnectionFaultParts, ConnectionFaults } from './faults/connections.js';
import { createConnectionFaults } from './faults/connections.js';
import type { ListingFaultParts, ListingFaults } from './faults/listings.js';
import { createListingFaults } from './faults/listings.js';
import type { RequestFaultParts, RequestFaults } from './faults/requests.js';
import { createRequestFaults } from './faults/requests.js';

/**
 * What a script can do to the exchange (binance-protocol.md §12). Each strike is counted under its name in
 * `log.counters().faults`, so that a test can first show that its fault really happened. A method that gives an `Undo` begins
 * something that lasts until it is called. docs/simulator.md has an example of each.
 */
export interface ExchangeFaults extends ConnectionFaults, BarFaults, RequestFaults, ListingFaults {}

export type FaultParts = ConnectionFaultParts & BarFaultParts & RequestFaultParts & ListingFaultParts;

export const createFaults = (parts: FaultParts): ExchangeFaults => ({
  ...createConnectionFaults(parts),
  ...createBarFaults(parts),
  ...createRequestFaults(parts),
  ...createListingFaults(parts),
});
