type Fields = Readonly<Record<string, unknown>>;

/** A message as it was saved. */
export interface SavedMessage {
  readonly id: string;
  readonly webhookId: string;
  readonly threadId: string | null;
  readonly savedAtMs: number;
  readonly editedAtMs: number | null;
  readonly deletedAtMs: number | null;
  /** The fields of the request, as sent. */
  readonly body: Fields;
}

/** Every message of a simulated Discord. */
export interface Messages {
  save(webhookId: string, threadId: string | null, body: Fields, nowMs: number): SavedMessage;
  /** A message can be reached only through its own webhook, and in a thread only with the thread. */
  find(id: string, webhookId: string, threadId: string | null): SavedMessage | null;
  edit(message: SavedMessage, body: Fields, nowMs: number): SavedMessage;
  remove(message: SavedMessage, nowMs: number): void;
  all(): readonly SavedMessage[];
  /** The message object that answers carry. */
  show(message: SavedMessage): Fields;
}

/** Discord's ids hold the time since the first second of 2015. */
const EPOCH_MS = 1_420_070_400_000n;

const timeText = (timeMs: number): string => new Date(timeMs).toISOString().replace('Z', '000+00:00');
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);

export const createMessages = (): Messages => {
  const messages = new Map<string, SavedMessage>();
  let count = 0n;

  const put = (message: SavedMessage): SavedMessage => {
    messages.set(message.id, message);
    return message;
  };

  const nextId = (nowMs: number): string => {
    const sinceMs = BigInt(Math.trunc(nowMs)) - EPOCH_MS;
    // A virtual clock may begin long before 2015; ids stay in order all the same.
    return (((sinceMs > 0n ? sinceMs : 0n) << 22n) + ++count).toString();
  };

  return {
    save: (webhookId, threadId, body, nowMs) =>
      put({ id: nextId(nowMs), webhookId, threadId, savedAtMs: nowMs, editedAtMs: null, deletedAtMs: null, body }),
    find: (id, webhookId, threadId) => {
      const found = messages.get(id);
      const reachable = found?.webhookId === webhookId && found.threadId === threadId && found.deletedAtMs === null;
      return reachable ? found : null;
    },
    edit: (message, body, nowMs) => put({ ...message, body, editedAtMs: nowMs }),
    remove: (message, nowMs) => void put({ ...message, deletedAtMs: nowMs }),
    all: () => [...messages.values()],
    show: ({ id, webhookId, threadId, savedAtMs, editedAtMs, body }) => ({
      id,
      type: 0,
      channel_id: threadId ?? webhookId,
      webhook_id: webhookId,
      content: body['content'] ?? '',
      author: { id: webhookId, username: body['username'] ?? 'Webhook', avatar: null, bot: true },
      embeds: listOf(body['embeds']).map((embed) => ({ type: 'rich', ...embed })),
      attachments: [],
      mentions: [],
      mention_roles: [],
      mention_everyone: false,
      timestamp: timeText(savedAtMs),
      edited_timestamp: editedAtMs === null ? null : timeText(editedAtMs),
      flags: 0,
      pinned: false,
      tts: false,
      components: [],
    }),
  };
};
