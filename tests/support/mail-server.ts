import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** What is to happen to one mail instead of the usual. */
export type MailOutcome =
  /** The step is answered with a reply of refusal. */
  | { readonly at: 'greeting' | 'login' | 'sender' | 'recipient' | 'text'; readonly status: number; readonly said: string }
  /** The connection is cut at this step; at `text`, when the whole of it has been read. */
  | { readonly at: 'sender' | 'text'; readonly cut: true }
  /** The step is never answered. */
  | { readonly at: 'sender' | 'text'; readonly hang: true };

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
  readonly secure: boolean;
  readonly user: unknown;
}

export interface MailServerOptions {
  readonly login?: { readonly user: string; readonly password: string };
  /** Without a certificate the server speaks no TLS. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** TLS from the first byte. */
  readonly secure?: boolean;
}

export interface TestMailServer {
  readonly port: number;
  /** Every mail that was taken, in order. */
  readonly mails: readonly ReceivedMail[];
  /** Most clients that were being spoken with at once; one whose mail was taken is not any more. */
  readonly talksPeak: () => number;
  /** Outcomes that are still waiting for their step. */
  readonly scripted: () => number;
  readonly next: (...outcomes: readonly MailOutcome[]) => void;
  readonly close: () => Promise<void>;
}

const refusal = (status: number, said: string): Error => Object.assign(new Error(said), { responseCode: status });

/** A real mail server on loopback, whose answers can be scripted. */
export const serveMail = async ({ login, certificate, secure = false }: MailServerOptions = {}): Promise<TestMailServer> => {
  const mails: ReceivedMail[] = [];
  const waiting: MailOutcome[] = [];
  const sockets = new Set<Socket>();
  const talks = new Set<string>();
  let peak = 0;
  /** Answers a step as scripted, or goes on; the outcome is used up by the step that it is for. */
  const step = (at: MailOutcome['at'], answer: (error?: Error) => void, usual: () => void): void => {
    const [outcome] = waiting;
    if (outcome?.at !== at) return usual();
    waiting.shift();
    if ('cut' in outcome) for (const socket of sockets) socket.destroy();
    if ('status' in outcome) answer(refusal(outcome.status, outcome.said));
  };
  const server = new SMTPServer({
    logger: false,
    disableReverseLookup: true,
    secure,
    ...(certificate ?? {}),
    authOptional: login === undefined,
    allowInsecureAuth: true,
    disabledCommands: [...(certificate === undefined || secure ? ['STARTTLS'] : []), ...(login === undefined ? ['AUTH'] : [])],
    onConnect: ({ id }, callback) => {
      talks.add(id);
      peak = Math.max(peak, talks.size);
      step('greeting', callback, () => callback());
    },
    onClose: ({ id }) => void talks.delete(id),
    onAuth: ({ username, password }, _, callback) =>
      step('login', callback, () =>
        username === login?.user && password === login?.password
          ? callback(null, { user: username })
          : callback(refusal(535, 'no such user or password')),
      ),
    onMailFrom: (_, __, callback) => step('sender', callback, () => callback()),
    onRcptTo: (_, __, callback) => step('recipient', callback, () => callback()),
    onData: (stream, { id, envelope, secure: isSecure, user }, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        step('text', callback, () => {
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          const to = envelope.rcptTo.map(({ address }) => address);
          mails.push({ from, to, source: Buffer.concat(chunks).toString('utf8'), secure: isSecure, user });
          talks.delete(id);
          callback();
        });
      });
    },
  });
  // A client that leaves in the middle is what is being tested.
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    talksPeak: () => peak,
    scripted: () => waiting.length,
    next: (...outcomes) => void waiting.push(...outcomes),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

const decoded = (text: string, encoding: string): string => {
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return text;
  const bytes = text.replace(/=\r\n/g, '').replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
};

const words = (text: string): string =>
  text
    .replace(/(\?=)\s+(=\?)/g, '$1$2')
    .replace(/=\?utf-8\?(q|b)\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === 'b' ? decoded(word, 'base64') : decoded(word.replaceAll('_', ' '), 'quoted-printable'),
    );

export interface ReadMail {
  /** Each header as one line, in order, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
  readonly html: string;
}

const split = (source: string): readonly [head: string, body: string] => {
  const at = source.indexOf('\r\n\r\n');
  return at < 0 ? [source, ''] : [source.slice(0, at), source.slice(at + 4)];
};

const headersIn = (head: string): ReadMail['headers'] =>
  head
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), words(line.slice(at + 1).trim())] as const;
    });

/** Reads a mail as a mailbox does. */
export const readMail = (source: string): ReadMail => {
  const [head, body] = split(source);
  const headers = headersIn(head);
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1] ?? 'none';
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => split(part.replace(/^\r\n/, '').replace(/\r\n$/, '')));
  const partOf = (type: string): string => {
    const [partHead = '', partBody = ''] = parts.find(([each]) => each.includes(type)) ?? [];
    const encoding = /content-transfer-encoding: *(\S+)/i.exec(partHead)?.[1]?.toLowerCase() ?? '';
    return decoded(partBody, encoding).replaceAll('\r\n', '\n');
  };
  return { headers, text: partOf('text/plain'), html: partOf('text/html') };
};
