import type { SimulatedReply, SimulatedRequest } from '../../../src/simulator/door.js';
import { telegram } from '../../../src/sinks/telegram/telegram.js';
import type { Sink } from '../../../src/ports/sink.js';
import type { Recorded } from '../../support/context.js';
import { recordedContext } from '../../support/context.js';
import type { ScriptedWorld } from '../wire/world.js';
import { reply, scriptedWorld } from '../wire/world.js';

export const KEY = 'AAHvery-secret_key'.repeat(2);
export const TOKEN = `123456789:${KEY}`;
export const CHAT = '-1001234567890';

type Fields = Readonly<Record<string, unknown>>;

export interface ChatMessage {
  readonly id: number;
  readonly fields: Fields;
  /** As its reader sees it. */
  readonly text: string;
}

const refusal = (status: number, description: string, more: Fields = {}): SimulatedReply =>
  reply(status, { ok: false, error_code: status, description, ...more });

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"' };

/** Reads `HTML` as the Bot API describes it; `null` when it is none. */
export const readHtml = (html: string): string | null => {
  const open: string[] = [];
  let text = '';
  for (const [token] of html.matchAll(/<[^>]*>?|&[^;\s]*;?|[^<&]+/g)) {
    const tag = /^<(\/?)(b|i|u|s|a|code|pre)((?: href="[^"<>]*")?)>$/.exec(token);
    if (tag !== null) {
      if (tag[1] === '') open.push(tag[2] ?? '');
      else if (open.pop() !== tag[2]) return null;
    } else if (token.startsWith('<')) return null;
    else if (token.startsWith('&')) {
      const entity = ENTITIES[token];
      if (entity === undefined) return null;
      text += entity;
    } else text += token;
  }
  return open.length === 0 ? text : null;
};

const TEXT_UNITS_MAX = 4_096;

/** A Bot API that keeps its limits: text by UTF-16 units after the markup is read, markup that can be read, chats it knows. */
export const botApi = () => {
  const messages = new Map<number, ChatMessage>();
  const asked: { readonly method: string; readonly fields: Fields }[] = [];
  let lastId = 0;
  const textOf = (fields: Fields): string | SimulatedReply => {
    const given = typeof fields['text'] === 'string' ? fields['text'] : '';
    const text = fields['parse_mode'] === 'HTML' ? readHtml(given) : given;
    if (text === null) return refusal(400, "Bad Request: can't parse entities: Unsupported start tag");
    if (text.trim() === '') return refusal(400, 'Bad Request: message text is empty');
    return text.trim().length > TEXT_UNITS_MAX ? refusal(400, 'Bad Request: message is too long') : text;
  };
  const put = (id: number, fields: Fields): SimulatedReply => {
    const text = textOf(fields);
    if (typeof text !== 'string') return text;
    messages.set(id, { id, fields: { ...messages.get(id)?.fields, ...fields }, text });
    return reply(200, { ok: true, result: { message_id: id, chat: { id: Number(CHAT) }, date: 1, text } });
  };
  const edit = (fields: Fields): SimulatedReply => {
    const found = messages.get(Number(fields['message_id']));
    if (found === undefined) return refusal(400, 'Bad Request: message to edit not found');
    if (found.fields['text'] === fields['text']) return refusal(400, 'Bad Request: message is not modified: …');
    return put(found.id, fields);
  };
  const handle = ({ path, body }: SimulatedRequest): SimulatedReply => {
    const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(path) ?? [];
    const fields = JSON.parse(body) as Fields;
    asked.push({ method, fields });
    if (token !== TOKEN) return refusal(401, 'Unauthorized');
    if (String(fields['chat_id']) !== CHAT) return refusal(400, 'Bad Request: chat not found');
    if (method === 'sendMessage') return put(++lastId, fields);
    if (method === 'editMessageText') return edit(fields);
    if (method === 'getChat') return reply(200, { ok: true, result: { id: Number(CHAT), type: 'supergroup' } });
    return refusal(404, 'Not Found');
  };
  return {
    handle,
    asked,
    messages: (): readonly ChatMessage[] => [...messages.values()],
    forget: () => messages.clear(),
    refusal,
  };
};

export interface TelegramWorld extends ScriptedWorld, Recorded, Omit<ReturnType<typeof botApi>, 'handle'> {
  readonly sink: Sink;
}

export const telegramWorld = async (given: object = {}): Promise<TelegramWorld> => {
  const api = botApi();
  const world = await scriptedWorld(api.handle);
  const recorded = recordedContext({ http: world.http, wireTime: world.wireTime });
  const options = { botToken: TOKEN, chat: CHAT, server: world.origin, deadline: '1500ms', ...given };
  return { ...world, ...recorded, ...api, sink: telegram.create(telegram.options.parse(options), recorded.context) };
};
