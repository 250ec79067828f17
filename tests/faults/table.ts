import type { FaultKind } from '../../src/model/fault.js';

/**
 * What can go wrong, by the numbers of the fault catalogue: for each the counter that moves (a fault kind of the monitor, or in
 * words where nothing of it is a fault), and the specs whose titles begin with its number (found by faults.spec.ts).
 */
export interface FaultRow {
  readonly id: string;
  readonly what: string;
  readonly counter: FaultKind | { readonly words: string };
}

const words = (text: string) => ({ words: text });

export const FAULTS: readonly FaultRow[] = [
  { id: 'F1', what: 'half-open socket', counter: 'feed-silent' },
  { id: 'F2', what: 'one stream silent while others flow', counter: 'stream-muted' },
  { id: 'F3', what: 'connection reset or closed', counter: 'feed-lost' },
  { id: 'F4', what: 'the cut after 24 hours', counter: words('none: the new connection flows before the old one ends') },
  { id: 'F5', what: 'serverShutdown', counter: 'feed-moved' },
  { id: 'F6', what: 'handshake never answered', counter: 'feed-lost' },
  { id: 'F7', what: 'upgrade refused by status', counter: 'feed-refused' },
  { id: 'F8', what: 'redirect on upgrade', counter: 'feed-refused' },
  { id: 'F9', what: 'frames that break the protocol', counter: 'feed-lost' },
  { id: 'F10', what: 'huge frame, fragment bomb', counter: 'feed-lost' },
  { id: 'F11', what: 'frames that are no JSON', counter: 'frame-rejected' },
  { id: 'F12', what: 'unknown events and fields', counter: 'frame-unexpected' },
  { id: 'F13', what: 'numbers of the wrong type', counter: 'bar-rejected' },
  { id: 'F14', what: 'impossible prices, and outliers', counter: 'bar-outlier' },
  { id: 'F15', what: 'more digits than a double holds', counter: 'number-imprecise' },
  { id: 'F16', what: 'the same closed bar twice', counter: words('repeats of the ledger of sight') },
  { id: 'F17', what: 'a closed bar revised', counter: 'bars-revised' },
  { id: 'F18', what: 'closed bars out of order', counter: words('none: held for the grace, then asked for') },
  { id: 'F19', what: 'missing bars', counter: 'bars-refilled' },
  { id: 'F20', what: 'the closed flag never comes', counter: 'bars-refilled' },
  { id: 'F21', what: 'closed before its time, or in the future', counter: 'bar-rejected' },
  { id: 'F22', what: 'times in another unit', counter: 'bar-rejected' },
  { id: 'F23', what: 'frame storm', counter: words('none: nothing is lost') },
  { id: 'F24', what: 'slow consumer', counter: words('none: no false silence') },
  { id: 'F25', what: 'too many control messages', counter: words('policyCloses of the exchange stays 0') },
  { id: 'F26', what: 'subscription not answered or refused', counter: 'subscription-failed' },
  { id: 'F27', what: 'all connections lost at once', counter: words('attemptsPeakPerFiveMinutes of the exchange') },
  { id: 'F28', what: 'name resolution fails', counter: 'feed-lost' },
  { id: 'F29', what: 'certificate refused', counter: 'feed-insecure' },
  { id: 'F30', what: '10 000 symbols', counter: words('none: they start within the budget') },
  { id: 'F31', what: '429 storm', counter: 'request-refused' },
  { id: 'F32', what: '418 for minutes to days', counter: 'request-refused' },
  { id: 'F33', what: '403 of the wall', counter: 'request-refused' },
  { id: 'F34', what: '451', counter: 'request-refused' },
  { id: 'F35', what: '5xx and time-outs', counter: 'request-failed' },
  { id: 'F36', what: 'slow-loris reply', counter: 'request-failed' },
  { id: 'F37', what: 'huge body, wrong content type', counter: 'request-failed' },
  { id: 'F38', what: 'catalogue suddenly smaller', counter: 'universe-suspicious' },
  { id: 'F39', what: 'delisting or halt mid-bar', counter: 'symbol-stopped' },
  { id: 'F40', what: 'relisting after days', counter: 'series-restarted' },
  { id: 'F41', what: 'new symbol', counter: words('warm-up in health') },
  { id: 'F42', what: 'odd symbols', counter: words('none: they work') },
  { id: 'F43', what: 'REST disagrees with the stream', counter: 'bars-revised' },
  { id: 'F44', what: 'wall clock jumps', counter: 'clock-moved' },
  { id: 'F45', what: 'the machine sleeps', counter: 'machine-slept' },
  { id: 'F46', what: 'clock drift', counter: words('the offset, estimated anew every ten minutes') },
  { id: 'F47', what: 'leap seconds, time zones', counter: words('none: UTC milliseconds') },
  { id: 'F48', what: 'impossible waits', counter: words('none: clamped') },
  { id: 'F82', what: 'invalid settings at start', counter: words('exit code 78') },
  { id: 'F86', what: 'YAML bombs and tricks', counter: words('exit code 78') },
  { id: 'F87', what: '__proto__ in settings', counter: words('exit code 78') },
  { id: 'F88', what: 'variables missing or odd', counter: words('exit code 78') },
  { id: 'F89', what: 'secrets in errors and texts', counter: words('none: redacted') },
  { id: 'F94', what: 'side effects at import', counter: words('none') },
  { id: 'F96', what: 'crash loop', counter: 'starts-frequent' },
  { id: 'F97', what: 'a backlog of 10 000 bars at start', counter: words('none: pages, and sending goes on') },
];
