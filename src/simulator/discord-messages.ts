import type { SavedFile } from './discord-files.js';
import { showAttachments, showEmbeds } from './discord-files.js';

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
  readonly files: readonly SavedFile[];
}

/** What can be edited of a message. */
export type MessageContent = Pick<SavedMessage, 'body' | 'files'>;

/** Every message of a simulated Discord. */
export interface Messages {
  save(webhookId: string, threadId: string | null, content: MessageContent, nowMs: number): SavedMessage;
  /** A message can be reached only through its own webhook, and in a thread only with the thread. */
  find(id: string, webhookId: string, threadId: string | null): SavedMessage | null;
  edit(message: SavedMessage, content: MessageContent, nowMs: number): SavedMessage;
  /** An id for something that is made now: ids stay in order. */
  nextId(nowMs: number): string;
  remove(message: SavedMessage, nowMs: number): void;
  all(): readonly SavedMessage[];
  /** The message object that answers carry. */
  show(message: SavedMessage): Fields;
}

/** Discord's ids hold the time since the first second of 2015. */
const EPOCH_MS = 1_420_070_400_000n;

const timeText = (timeMs: number): string => new Date(timeMs).toISOString().replace('Z', '000+00:00');

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
    nextId,
    save: (webhookId, threadId, content, nowMs) => {
      const id = nextId(nowMs);
      // A thread that a message opens has that message's id.
      const within = typeof content.body['thread_name'] === 'string' ? id : threadId;
      return put({ id, webhookId, threadId: within, savedAtMs: nowMs, editedAtMs: null, deletedAtMs: null, ...content });
    },
    find: (id, webhookId, threadId) => {
      const found = messages.get(id);
      const reachable = found?.webhookId === webhookId && found.threadId === threadId && found.deletedAtMs === null;
      return reachable ? found : null;
    },
    edit: (message, content, nowMs) => put({ ...message, ...content, editedAtMs: nowMs }),
    remove: (message, nowMs) => void put({ ...message, deletedAtMs: nowMs }),
    all: () => [...messages.values()],
    show: ({ id, webhookId, threadId, savedAtMs, editedAtMs, body, files }) => ({
      id,
      type: 0,
      channel_id: threadId ?? webhookId,
      webhook_id: webhookId,
      content: body['content'] ?? '',
      author: { id: webhookId, username: body['username'] ?? 'Webhook', avatar: null, bot: true },
      embeds: showEmbeds(body, files),
      attachments: showAttachments(body, files),
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
