/** A recording that cannot be replayed: `detail` says where (`file:line`), what is wrong and what would be right. Ends the replay. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  constructor(readonly detail: string) {
    super(detail);
  }
}
