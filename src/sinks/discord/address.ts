import { Secret } from '../../model/secret.js';

/** Where messages go. The address is the whole secret: who holds it can post, rename and delete (discord-protocol.md §2). */
export interface WebhookAddress {
  /** Whose limits are shared: everything behind one origin. */
  readonly origin: string;
  /** The address to post to: version in the path, `wait=true`, and the thread if one was named. */
  readonly post: Secret;
  /** A message that this webhook has sent, to be changed: the thread it is in belongs to its address. */
  message(id: string): Secret;
  /** The webhook itself, to be asked whether it is there. */
  readonly self: Secret;
  /** The same for equal webhooks, without a thread: what their rate limit is kept by. */
  readonly key: Secret;
  /** Takes everything secret out of a text from outside: an answer or an error may quote the address. */
  redact(text: string): string;
}

const HOSTS: ReadonlySet<string> = new Set(
  ['discord.com', 'discordapp.com'].flatMap((host) => [host, `ptb.${host}`, `canary.${host}`]),
);
/** A simulated Discord: only this machine, so a mistyped host can never be given the token in clear text. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]']);

/** Id and token as clients in wide use recognise them; what Discord's own screens add after them is let go. */
const PATH = /^\/api\/(?:v\d+\/)?webhooks\/(\d{17,20})\/([\w.-]{60,200})(?:\/(?:slack|github|messages\/\d+)?)?$/;
const THREAD = /^\d{17,20}$/;

/** Where in the webhook's channel a message goes; to the channel itself where neither is said. */
export interface Place {
  /** Id of a thread that is there. */
  readonly thread?: string | undefined;
  /** Every message opens a thread of its own, as a forum wants it. */
  readonly ownThread?: boolean | undefined;
}

export const isThreadId = (text: string): boolean => THREAD.test(text);

/** What a webhook's address looks like, for error texts. */
export const ADDRESS_SHAPE = 'a webhook address as Discord shows it, such as https://discord.com/api/webhooks/ID/TOKEN';

const originOf = (url: URL): string | null => {
  if (url.username !== '' || url.password !== '') return null;
  if (url.protocol === 'https:' && url.port === '' && HOSTS.has(url.hostname)) return 'https://discord.com';
  return url.protocol === 'http:' && LOOPBACK.has(url.hostname) ? url.origin : null;
};

/**
 * Normalises an address (discord-protocol.md §2): one of Discord's six hosts over TLS becomes `discord.com`, a loopback
 * address keeps its origin, the version becomes v10. The version matters: an address without one is served by an API whose
 * waiting times have another unit (§7.4). `null` when it is no webhook address; nothing of the text is ever repeated.
 */
export const parseAddress = (text: string, { thread, ownThread = false }: Place = {}): WebhookAddress | null => {
  if (!URL.canParse(text.trim())) return null;
  const url = new URL(text.trim());
  const origin = originOf(url);
  const [, id, token] = PATH.exec(url.pathname) ?? [];
  if (origin === null || id === undefined || token === undefined) return null;
  const threadId = thread ?? url.searchParams.get('thread_id');
  if (threadId !== null && !THREAD.test(threadId)) return null;
  const base = `${origin}/api/v10/webhooks/${id}/${token}`;
  return {
    origin,
    post: new Secret(`${base}?wait=true${threadId === null ? '' : `&thread_id=${threadId}`}`),
    message: (messageId) => {
      // A thread that a message opens has that message's id.
      const within = threadId ?? (ownThread ? messageId : null);
      return new Secret(`${base}/messages/${messageId}${within === null ? '' : `?thread_id=${within}`}`);
    },
    self: new Secret(base),
    key: new Secret(`${id}/${token}`),
    redact: (said) => said.replaceAll(token, '[redacted]').replaceAll(id, '[redacted]'),
  };
};
