import { Secret } from '../../model/secret.js';

/** A bot at a server of the Bot API. The token is part of every address, so none of them is ever shown. */
export interface BotAddress {
  /** Address of a method: `sendMessage`. */
  method(name: string): Secret;
  /** Takes the token out of a text from outside. */
  readonly redact: (text: string) => string;
}

export const TOKEN_SHAPE = 'the token of a bot as BotFather gives it, such as 123456789:AA…';
export const SERVER_SHAPE = 'an https address without a path, such as https://api.telegram.org';

const TOKEN = /^(\d{3,20}):([\w-]{20,100})$/;
/** A simulated server: only this machine, so that a mistyped host can never be given the token in clear text. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]']);

export const isToken = (token: Secret): boolean => TOKEN.test(token.reveal().trim());

/** The origin of a server; `null` when it is none that a token may be given to. */
export const serverOf = (text: string): string | null => {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
  return isSafe && url.href === `${url.origin}/` ? url.origin : null;
};

export const botAddress = (server: string, token: Secret): BotAddress => {
  const [text = '', id = '', key = ''] = TOKEN.exec(token.reveal().trim()) ?? [];
  return {
    method: (name) => new Secret(`${server}/bot${text}/${name}`),
    redact: (said) =>
      [text, encodeURIComponent(text), key, id].reduce((clean, part) => clean.replaceAll(part, '[redacted]'), said),
  };
};
