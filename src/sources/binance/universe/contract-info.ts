import { isFields } from './listing.js';

/** A change of a contract, as the futures market announces it. */
export interface ContractInfo {
  readonly symbol: string;
  readonly status: string;
}

/** The stream of such changes; it exists on usdm alone, on the `/market` path. */
export const CONTRACT_INFO_STREAM = '!contractInfo';

/** COIN-M contracts come over the same streams since the merge of 2026 (binance-protocol.md §1). */
const COIN_M = 2;

/**
 * What a `contractInfo` event says (binance-protocol.md §5.3), or `null` when it is none or of another market:
 *
 * ```json
 * {"e":"contractInfo","E":1669356423908,"s":"IOTAUSDT","ct":"PERPETUAL","dt":4133404800000,"ot":1569398400000,"cs":"TRADING","bks":[],"st":1}
 * ```
 *
 * It is a hint to look, not the truth: changes of brackets come as such events too, and the start of trading may come without.
 */
export const contractInfoOf = (event: unknown): ContractInfo | null => {
  if (!isFields(event) || event.e !== 'contractInfo' || event.st === COIN_M) return null;
  const { s: symbol, cs: status } = event;
  return typeof symbol === 'string' && symbol !== '' && typeof status === 'string' ? { symbol, status } : null;
};
