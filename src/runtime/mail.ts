import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Subscriber } from 'rxjs';
import { concatMap, defer, from, Observable } from 'rxjs';
import type { Mail, MailMessage, MailReceipt, MailServer } from '../ports/mail.js';
import { MailError } from '../ports/mail.js';
import { redactOf, toMailError } from './mail-errors.js';

/** All servers together are spoken to by at most this many connections at once; what comes on top waits for its turn. */
const CONNECTIONS_MAX = 4;
/** More than any answer of a mail server. */
const REPLY_BYTES_MAX = 65_536;

/** The bytes of a message: a head, and the text in two forms. */
export const compose = ({ from, to, subject, text, html, messageId, inReplyTo, atMs }: MailMessage): Promise<Buffer> =>
  new MailComposer({
    from,
    to: to.map((address) => ({ name: '', address })),
    subject,
    text,
    html,
    messageId,
    ...(inReplyTo === null ? {} : { inReplyTo, references: inReplyTo }),
    date: new Date(atMs),
    headers: { 'Auto-Submitted': 'auto-generated' },
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();

export interface MailOptions {
  /** Certificates to trust besides those of the platform, in PEM. */
  readonly ca?: string;
}

const connectionTo = ({ host, port, security }: MailServer, deadlineMs: number, { ca }: MailOptions): SMTPConnection =>
  new SMTPConnection({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    // The deadline of the whole comes first, but no socket may outlive it.
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    dnsTimeout: deadlineMs,
    maxResponseSize: REPLY_BYTES_MAX,
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    logger: false,
  });

/** Asks for a connection; gives back what returns it, or takes the wish back. */
type Turns = (begin: () => void) => () => void;

const createTurns = (): Turns => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return (begin) => {
    let isRunning = false;
    const start = (): void => {
      isRunning = true;
      running++;
      begin();
    };
    const leave = (): void => {
      const at = waiting.indexOf(start);
      if (at >= 0) waiting.splice(at, 1);
      if (!isRunning) return;
      isRunning = false;
      running--;
      waiting.shift()?.();
    };
    if (running < CONNECTIONS_MAX) queueMicrotask(start);
    else waiting.push(start);
    return leave;
  };
};

/** What a conversation may do once the server has greeted us and let us in. */
interface Talk<T> {
  readonly connection: SMTPConnection;
  /** From here on the server may have the message. */
  readonly beginBody: () => void;
  readonly fail: (error: Error) => void;
  readonly done: (value?: T) => void;
}

interface Conversation<T> {
  readonly server: MailServer;
  readonly deadlineMs: number;
  readonly options: MailOptions;
  readonly say: (talk: Talk<T>) => void;
}

/** One conversation: everything that can end it goes through `settle`, and only the first counts. */
const converse = <T>(
  { server, deadlineMs, options, say }: Conversation<T>,
  subscriber: Subscriber<T>,
  inTurn: Turns,
): (() => void) => {
  const redact = redactOf(server);
  let connection: SMTPConnection | null = null;
  let isBodyBegun = false;
  let over = false;
  const settle = (tell: () => void): void => {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    connection?.close();
    leave();
    tell();
  };
  const fail = (error: Error): void =>
    settle(() => subscriber.error(error instanceof MailError ? error : toMailError(error, isBodyBegun, redact)));
  const deadline = setTimeout(() => {
    fail(new MailError(isBodyBegun ? 'maybe' : 'no', 'deadline', null, `no complete answer within ${deadlineMs} ms`));
  }, deadlineMs);

  const begin = (): void => {
    const opened = connectionTo(server, deadlineMs, options);
    connection = opened;
    const talk: Talk<T> = {
      connection: opened,
      fail,
      beginBody: () => {
        isBodyBegun = true;
      },
      done: (value) =>
        settle(() => {
          if (value !== undefined) subscriber.next(value);
          subscriber.complete();
        }),
    };
    // Kept for good: an error after the end must not become an exception.
    opened.on('error', fail);
    opened.connect((refusal) => {
      if (refusal) return fail(refusal);
      if (server.login === null) return say(talk);
      const { user } = server.login;
      const pass = server.login.password.reveal();
      opened.login({ user, credentials: { user, pass } }, (error) => (error ? fail(error) : say(talk)));
    });
  };
  const leave = inTurn(begin);
  return () => settle(() => undefined);
};

/** Emits the bytes once they are asked for, which is when the server has agreed to take them. */
const onceAsked = (bytes: Buffer, asked: () => void): Readable => {
  let isAsked = false;
  return new Readable({
    read() {
      if (isAsked) return;
      isAsked = true;
      asked();
      this.push(bytes);
      this.push(null);
    },
  });
};

const transmit = (
  { from: sender, to }: MailMessage,
  bytes: Buffer,
  { connection, beginBody, fail, done }: Talk<MailReceipt>,
): void => {
  const envelope = { from: sender.address, to: [...to], size: bytes.length };
  connection.send(envelope, onceAsked(bytes, beginBody), (error, info) => {
    if (error || info === undefined) return fail(error ?? new Error('no result'));
    const [refusal] = info.rejectedErrors ?? [];
    done({ accepted: info.accepted.length, refused: info.rejected.length, reply: refusal?.response ?? null });
  });
};

/**
 * The `mail` port over nodemailer's SMTP connection: one connection for each message, so that none is found dead; TLS from 1.2 on,
 * and only with a server that proves who it is. Whether the text had been asked for when something broke tells whether the
 * server may have the message.
 */
export const createMail = (options: MailOptions = {}): Mail => {
  const inTurn = createTurns();
  return {
    send: (server, message, deadlineMs) =>
      defer(() => from(compose(message))).pipe(
        concatMap(
          (bytes) =>
            new Observable<MailReceipt>((subscriber) =>
              converse({ server, deadlineMs, options, say: (talk) => transmit(message, bytes, talk) }, subscriber, inTurn),
            ),
        ),
      ),
    greet: (server, deadlineMs) =>
      new Observable<never>((subscriber) =>
        converse({ server, deadlineMs, options, say: ({ done }) => done() }, subscriber, inTurn),
      ),
  };
};
