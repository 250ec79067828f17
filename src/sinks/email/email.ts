import type { Observable } from 'rxjs';
import { catchError, concat, defer, map, of, throwError, throwIfEmpty } from 'rxjs';
import { z } from 'zod';
import type { Context } from '../../ports/context.js';
import type { MailServer } from '../../ports/mail.js';
import { MailError } from '../../ports/mail.js';
import { defineSink } from '../../ports/plugin.js';
import { durationMs, secret } from '../../ports/settings.js';
import type { Receipt } from '../../ports/sink.js';
import { DeliveryError } from '../../ports/sink.js';
import { renderer } from '../templates/renderer.js';
import { createDisabling } from '../wire/disabling.js';
import { sinkName } from '../wire/options.js';
import { TEST_TEXT, tried } from '../wire/probe.js';
import { failureOf } from './answers.js';
import type { Letter, Paper } from './letter.js';
import { alertLetter, alertsLetter, announcementLetter } from './letter.js';

/*
 * Setup: any mail server that lets you in: its name, its port (587 with STARTTLS, 465 with TLS), a user and a password.
 *
 * Delivery: at least once. Every copy of an alert has the same Message-ID, made of the alert's id, by which most mailboxes show it
 * once; none is bound to.
 */

/** One address and nothing else: neither a name nor a second one. */
const ADDRESS = /^[^\s@<>,;:"()[\]\\\p{Cc}]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/u;
const address = z.string().regex(ADDRESS, { error: 'one mail address, such as alerts@example.com' });

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[?::1\]?|localhost)$/;
const PORTS = { tls: 465, starttls: 587, none: 25 } as const;

const options = z
  .strictObject({
    name: sinkName('email'),
    host: z
      .string()
      .regex(/^[\w.:-]{1,253}$/, { error: 'the name of a mail server, such as smtp.example.com' })
      .describe('Name of the mail server.'),
    port: z.int().min(1).max(65_535).optional().describe('587 with starttls, 465 with tls, 25 with none, when it is left out.'),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe('starttls and tls send nothing to a server that cannot prove who it is; none is read by anybody on the way.'),
    user: z.string().min(1).max(256).optional().describe('User to log in as; no login when it is left out.'),
    password: secret.optional().describe('Password of the user. It is a secret: best as ${SMTP_PASSWORD}.'),
    from: address.describe('Address that the mails come from.'),
    fromName: z
      .string()
      .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,64}$/u, { error: '1 to 64 characters on one line' })
      .default('Momentum monitor')
      .describe('Name beside it.'),
    to: z.array(address).min(1).max(20).describe('Addresses that get each mail; they see one another.'),
    batchMax: z.int().min(1).max(100).default(20).describe('Alerts that one mail may tell when they come late.'),
    deadline: durationMs.prefault('30s').describe('How long sending one mail may take.'),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ['password'],
    error: 'set when user is, and left out when it is',
  })
  .refine(({ security, password, host }) => security !== 'none' || password === undefined || LOOPBACK.test(host), {
    path: ['security'],
    error: 'starttls or tls: a password would go over the network in the clear',
  });

type Options = z.output<typeof options>;

const serverOf = ({ host, port, security, user, password }: Options): MailServer => ({
  host,
  port: port ?? PORTS[security],
  security,
  login: user === undefined || password === undefined ? null : { user, password },
});

const failed = (error: unknown): DeliveryError => {
  if (error instanceof MailError) return failureOf(error);
  const kind = error instanceof Error ? error.name : typeof error;
  return new DeliveryError('unknown', `the mail failed in an unforeseen way: ${kind}`, { strong: true });
};

const cureOf = ({ failure, detail }: DeliveryError): string => {
  if (failure === 'disabled') return 'look at user and password; many servers want one made for programs';
  if (detail.includes('tls')) return 'look at host, port and security: 587 goes with starttls, 465 with tls';
  return failure === 'dead'
    ? 'look at from and to: the server does not let this user send so'
    : 'look at host, port and the network';
};

/** Alerts by mail. */
export const email = defineSink({
  type: 'email',
  summary: 'Sends alerts by mail through a server of yours (SMTP).',
  options,
  create: (given, context: Context) => {
    const { name, batchMax, deadline: deadlineMs } = given;
    const { mail, marketTime, wireTime, report } = context;
    if (mail === undefined) throw new Error(`${name}: there is no way to send mail from here`);
    const server = serverOf(given);
    const unlessDisabled = createDisabling();
    const paper: Paper = {
      sink: name,
      from: { name: given.fromName, address: given.from },
      to: given.to,
      text: renderer({ template: 'full', escape: 'plain' }),
      html: renderer({ template: 'full', escape: 'html' }),
    };
    // The exchange's time is right even after this machine has slept; in the demo it runs away.
    const nowMs = (): number => (marketTime.speed === 1 ? marketTime : wireTime).now();

    const send = (letter: Letter): Observable<Receipt> =>
      unlessDisabled(() =>
        mail.send(server, { ...letter, atMs: nowMs() }, deadlineMs).pipe(
          map(({ accepted, refused, reply }) => {
            const detail = `the mail went to ${accepted} of ${accepted + refused} addresses: ${reply ?? 'no reason given'}`;
            if (refused > 0) report({ kind: 'delivery-odd', detail, sink: name });
            return { messageId: letter.messageId };
          }),
          throwIfEmpty(() => new MailError('maybe', 'empty', null, 'the sending ended without an answer')),
          catchError((error: unknown) => throwError(() => failed(error))),
        ),
      );

    return {
      name,
      deadlineMs,
      deliver: (alert, attempt) => defer(() => send(alertLetter(paper, { alert, attempt }))),
      ...(batchMax === 1 ? {} : { batchMax, deliverBatch: (postings) => defer(() => send(alertsLetter(paper, postings))) }),
      announce: (announcement) => defer(() => send(announcementLetter(paper, announcement, String(marketTime.now())))),
      probe: (isSending) => {
        const greet$ = concat(mail.greet(server, deadlineMs), of(null)).pipe(
          catchError((error: unknown) => throwError(() => failed(error))),
        );
        const greeted = tried('mail server', greet$, 'lets us in; nothing was sent', cureOf);
        if (!isSending) return greeted;
        const letter = announcementLetter(paper, { title: 'Test', lines: [TEST_TEXT] }, String(wireTime.now()));
        return concat(
          greeted,
          tried(
            'test mail',
            defer(() => send(letter)),
            'accepted: look into the mailbox',
            cureOf,
          ),
        );
      },
    };
  },
});
