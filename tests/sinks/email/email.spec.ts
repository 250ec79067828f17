import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Sink } from '../../../src/ports/sink.js';
import type { MailOptions } from '../../../src/runtime/mail.js';
import { createMail } from '../../../src/runtime/mail.js';
import { createMarketClock } from '../../../src/runtime/market-clock.js';
import { email } from '../../../src/sinks/email/email.js';
import { AGAIN, alert, FIRST } from '../../support/alerts.js';
import { makeCertificate } from '../../support/certificate.js';
import { recordedContext } from '../../support/context.js';
import type { MailOutcome, MailServerOptions, TestMailServer } from '../../support/mail-server.js';
import { readMail, serveMail } from '../../support/mail-server.js';
import { ended, outcomeOf, sinkContract } from '../contract.js';

const USER = 'momentum';
const PASSWORD = 'very-secret-password';
const coded = (text: string): string => Buffer.from(text).toString('base64');
const SECRETS = [PASSWORD, coded(PASSWORD), coded(`\0${USER}\0${PASSWORD}`)];

const sinkAt = (port: number, given: object = {}, options: MailOptions = {}) => {
  const { context, faults } = recordedContext({ mail: createMail(options), marketTime: createMarketClock() });
  const settings = {
    host: '127.0.0.1',
    port,
    security: 'none',
    from: 'alerts@monitor.example',
    to: ['desk@example.com', 'night@example.com'],
    deadline: '1500ms',
    ...given,
  };
  return { faults, sink: email.create(email.options.parse(settings), context) };
};

const open: TestMailServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const world = async (given: object = {}, serving: MailServerOptions = {}, options: MailOptions = {}) => {
  const server = await serveMail(serving);
  open.push(server);
  return { ...sinkAt(server.port, given, options), server };
};

const headerOf = (source: string, name: string): string | undefined =>
  readMail(source).headers.find(([each]) => each === name)?.[1];

/** A key and a certificate for this machine; `null`, said, where nothing can make them. */
const certificate = makeCertificate('localhost');

describe('the email sink', () => {
  const telltale = `told AUTH PLAIN ${SECRETS[2]} and ${PASSWORD} and ${SECRETS[1]}`;
  const FAILINGS: readonly MailOutcome[] = [
    { at: 'greeting', status: 554, said: telltale },
    { at: 'sender', status: 451, said: telltale },
    { at: 'recipient', status: 550, said: telltale },
    { at: 'text', status: 554, said: telltale },
    { at: 'sender', cut: true },
    { at: 'text', cut: true },
    { at: 'text', hang: true },
    { at: 'login', status: 535, said: telltale },
  ];
  sinkContract(
    async () => {
      const login = { user: USER, password: PASSWORD };
      const { sink, faults, server } = await world({ user: USER, password: PASSWORD, to: ['desk@example.com'] }, { login });
      return {
        sink,
        faults,
        secrets: SECRETS,
        failings: FAILINGS.map((outcome) => () => server.next(outcome)),
        seen: () =>
          server.mails
            .map(({ source }) => readMail(source))
            .map(({ headers, text }) => `${headers.find(([name]) => name === 'subject')?.[1] ?? ''}\n${text}`),
        rest: () => undefined,
        close: () => Promise.resolve(),
      };
    },
    { batch: true, edit: false, announce: true },
  );

  it('sends one mail in two forms, which a mailbox knows by the alert', async () => {
    const { sink, server } = await world();
    const receipt = await ended(sink.deliver(alert(), AGAIN));
    expect(receipt).toStrictEqual({ messageId: '<abcdefghijklmnop_email@monitor.example>' });
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: 'alerts@monitor.example', to: ['desk@example.com', 'night@example.com'], secure: false });
    const { headers, text, html } = readMail(mail?.source ?? '');
    expect(Object.fromEntries(headers)).toMatchObject({
      from: 'Momentum monitor <alerts@monitor.example>',
      to: 'desk@example.com, night@example.com',
      subject: '▲ BTCUSDT +2.41% · 15m · USD-M perpetual (may be a repeat)',
      'message-id': '<abcdefghijklmnop_email@monitor.example>',
      'auto-submitted': 'auto-generated',
    });
    expect(headers.map(([name]) => name)).not.toContain('in-reply-to');
    expect(text).toContain('4.21 ATR');
    expect(html).toContain('<b>BTCUSDT</b>');
    expect(Math.abs(Date.parse(headerOf(mail?.source ?? '', 'date') ?? '') - Date.now())).toBeLessThan(5_000);
  });

  it('has one Message-ID for all copies of an alert, and answers the alert that opened its episode', async () => {
    const { sink, server } = await world();
    const opens = alert({ episode: { id: 'abcdefghijklmnop', role: 'opens' } });
    const grows = alert({ id: 'bcdefghijklmnopq', episode: { id: opens.id, role: 'escalates' } });
    for (const [told, attempt] of [
      [opens, FIRST],
      [opens, AGAIN],
      [grows, FIRST],
    ] as const)
      await ended(sink.deliver(told, attempt));
    const ids = server.mails.map(({ source }) => headerOf(source, 'message-id'));
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    const replies = server.mails.map(({ source }) => [headerOf(source, 'in-reply-to'), headerOf(source, 'references')]);
    expect(replies).toStrictEqual([
      [undefined, undefined],
      [undefined, undefined],
      [ids[0], ids[0]],
    ]);
  });

  it.each<[string, MailOutcome, object]>([
    ['a greeting of refusal', { at: 'greeting', status: 554, said: 'not today' }, { failure: 'refused' }],
    ['a login that is refused', { at: 'login', status: 535, said: 'no' }, { failure: 'disabled' }],
    ['a login that is put off', { at: 'login', status: 454, said: 'later' }, { failure: 'refused' }],
    [
      'a sender that is put off',
      { at: 'sender', status: 451, said: 'greylisted' },
      { failure: 'refused', detail: 'the mail server answers: 451 greylisted' },
    ],
    ['a sender that is refused', { at: 'sender', status: 550, said: 'not yours' }, { failure: 'dead' }],
    ['a session out of step', { at: 'sender', status: 503, said: 'bad sequence' }, { failure: 'refused' }],
    ['a text that is put off', { at: 'text', status: 452, said: 'full' }, { failure: 'refused' }],
    ['a text that is refused', { at: 'text', status: 554, said: 'spam' }, { failure: 'dead' }],
    ['a connection cut before the text', { at: 'sender', cut: true }, { failure: 'refused' }],
    ['silence before the text', { at: 'sender', hang: true }, { failure: 'refused' }],
    ['a connection cut after the text', { at: 'text', cut: true }, { failure: 'unknown', strong: true }],
    ['silence after the text', { at: 'text', hang: true }, { failure: 'unknown', strong: true }],
  ])('knows what %s means', async (_, outcome, expected) => {
    const login = { user: USER, password: PASSWORD };
    const { sink, server } = await world({ user: USER, password: PASSWORD }, { login });
    server.next(outcome);
    expect(await outcomeOf(sink, alert())).toMatchObject(expected);
    expect(server.mails).toStrictEqual([]);
  });

  it('F52: leaves a server alone that has refused the login', async () => {
    const { sink, server } = await world(
      { user: USER, password: 'wrong-password' },
      { login: { user: USER, password: PASSWORD } },
    );
    expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'disabled' });
    await server.close();
    expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'disabled', detail: expect.stringContaining('535') });
  });

  it('F57: may send again without a thought when nobody listens', async () => {
    const { sink, server } = await world();
    await server.close();
    expect(await outcomeOf(sink, alert())).toMatchObject({
      failure: 'refused',
      detail: 'the mail was not sent: refused, connection refused',
    });
  });

  it('says when some of the addresses were refused, and counts as delivered', async () => {
    const { sink, server, faults } = await world();
    server.next({ at: 'recipient', status: 550, said: 'no such mailbox' });
    expect(await outcomeOf(sink, alert())).toHaveProperty('messageId');
    expect(faults).toMatchObject([
      { kind: 'delivery-odd', sink: 'email', detail: 'the mail went to 1 of 2 addresses: 550 no such mailbox' },
    ]);
    server.next({ at: 'recipient', status: 550, said: 'no' }, { at: 'recipient', status: 550, said: 'no' });
    expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'dead' });
  });

  it('speaks to servers over a bounded number of connections', async () => {
    const { sink, server } = await world({ deadline: '10s' });
    const many = Array.from({ length: 24 }, (_, at) => sink.deliver(alert({ id: `id${at}` }), FIRST));
    await Promise.all(many.map(ended));
    expect(server.mails).toHaveLength(24);
    expect(server.talksPeak()).toBeLessThanOrEqual(4);
  });

  it('breaks off when nobody waits any more, and lets the next one in', async () => {
    const { sink, server } = await world();
    server.next(...Array.from({ length: 4 }, (): MailOutcome => ({ at: 'sender', hang: true })));
    const waiting = Array.from({ length: 5 }, () => sink.deliver(alert(), FIRST).subscribe());
    while (server.scripted() > 0) await new Promise(setImmediate);
    for (const each of waiting) each.unsubscribe();
    expect(await outcomeOf(sink, alert({ id: 'next' }))).toHaveProperty('messageId');
    expect(server.mails).toHaveLength(1);
  });

  it('takes what speaks no mail for a refusal', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    await new Promise((done) => server.on('listening', done));
    const { sink } = sinkAt((server.address() as AddressInfo).port);
    expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'refused' });
    server.close();
  });

  it('tells several alerts in one mail', async () => {
    const { sink, server } = await world();
    const postings = ['AUSDT', 'BUSDT', 'CUSDT', 'DUSDT'].map((symbol, at) => ({
      alert: alert({ symbol, id: `id${at}` }),
      attempt: FIRST,
    }));
    await ended(sink.deliverBatch!(postings));
    expect(headerOf(server.mails[0]?.source ?? '', 'subject')).toBe(
      '4 alerts: ▲ AUSDT +2.41%, ▲ BUSDT +2.41%, ▲ CUSDT +2.41% and 1 more',
    );
  });

  it('greets the server for doctor, and sends a test only when told to', async () => {
    const login = { user: USER, password: PASSWORD };
    const { sink, server } = await world({ user: USER, password: PASSWORD }, { login });
    const probe = (of: Sink, send: boolean) => lastValueFrom(of.probe!(send).pipe(toArray()), { defaultValue: [] });
    expect(await probe(sink, false)).toMatchObject([{ name: 'mail server', outcome: 'fine' }]);
    expect(server.mails).toStrictEqual([]);
    expect(await probe(sink, true)).toMatchObject([{ outcome: 'fine' }, { name: 'test mail', outcome: 'fine' }]);
    expect(server.mails).toHaveLength(1);
    const found = await probe(sinkAt(server.port, { user: USER, password: 'wrong-password' }).sink, false);
    expect(found).toMatchObject([{ outcome: 'failed', cure: expect.stringContaining('password') }]);
    expect(inspect(found)).not.toContain('wrong-password');
  });

  it.skipIf(certificate === null).each([
    ['starttls', false],
    ['tls', true],
  ] as const)('sends by %s to a server that proves who it is, and to no other', async (security, secure) => {
    const serving = { certificate: certificate!, secure, login: { user: USER, password: PASSWORD } };
    const { sink, server } = await world({ security, user: USER, password: PASSWORD }, serving, { ca: certificate!.cert });
    expect(await outcomeOf(sink, alert())).toHaveProperty('messageId');
    expect(server.mails).toMatchObject([{ secure: true, user: USER }]);
    const stranger = sinkAt(server.port, { security, user: USER, password: PASSWORD });
    expect(await outcomeOf(stranger.sink, alert())).toMatchObject({
      failure: 'refused',
      detail: expect.stringContaining('TLS refused'),
    });
    expect(server.mails).toHaveLength(1);
  });

  it('sends nothing in the clear to a server that offers no TLS', async () => {
    const { sink, server } = await world({ security: 'starttls' });
    expect(await outcomeOf(sink, alert())).toMatchObject({ failure: 'refused', detail: expect.stringContaining('tls') });
    expect(server.mails).toStrictEqual([]);
  });

  it('refuses settings that cannot work or would give the password away', () => {
    const valid = { host: 'smtp.example.com', from: 'a@example.com', to: ['b@example.com'] };
    const refused = (given: object): boolean => !email.options.safeParse({ ...valid, ...given }).success;
    expect(refused({})).toBe(false);
    expect(refused({ user: 'u', password: 'p' })).toBe(false);
    expect(refused({ user: 'u', password: 'p', security: 'none', host: '127.0.0.1' })).toBe(false);
    const wrong = [
      { user: 'u' },
      { password: 'p' },
      { user: 'u', password: 'p', security: 'none' },
      { from: 'A <a@example.com>' },
      { from: 'a@example.com\r\nBcc: c@example.com' },
      { to: [] },
      { to: ['a@example.com, b@example.com'] },
      { to: ['nobody'] },
      { fromName: 'A\r\nBcc: c@example.com' },
      { host: 'smtp.example.com/x' },
      { security: 'maybe' },
    ];
    expect(wrong.filter((given) => !refused(given))).toStrictEqual([]);
  });
});
