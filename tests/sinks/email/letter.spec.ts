import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compose } from '../../../src/runtime/mail.js';
import type { Letter, Paper } from '../../../src/sinks/email/letter.js';
import { alertLetter, alertsLetter, announcementLetter } from '../../../src/sinks/email/letter.js';
import { renderer } from '../../../src/sinks/templates/renderer.js';
import { AGAIN, anyAlert, FIRST, HOSTILE, OPEN_MS } from '../../support/alerts.js';
import { readMail } from '../../support/mail-server.js';

const paper: Paper = {
  sink: 'email',
  from: { name: 'Momentum monitor', address: 'alerts@monitor.example' },
  to: ['desk@example.com'],
  text: renderer({ template: 'full', escape: 'plain' }),
  html: renderer({ template: 'full', escape: 'html' }),
};

const HEADERS = [
  'auto-submitted',
  'content-type',
  'date',
  'from',
  'in-reply-to',
  'message-id',
  'mime-version',
  'references',
  'subject',
  'to',
];

const INJECTIONS = [
  'x\r\nBcc: evil@example.com',
  'x\nTo: evil@example.com',
  '\r\n\r\n<script>',
  '=?utf-8?q?x=0D=0ABcc:_y?=',
  '\r\n.\r\nMAIL FROM:<x>',
];
const anyLine = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(...HOSTILE, ...INJECTIONS),
);

/** The mail on the wire has the headers it should have, once each, on lines that are not too long, and two parts. */
const check = async (letter: Letter): Promise<void> => {
  const source = (await compose({ ...letter, atMs: OPEN_MS })).toString('latin1');
  const { headers, text, html } = readMail(source);
  const expected = HEADERS.filter((name) => letter.inReplyTo !== null || (name !== 'in-reply-to' && name !== 'references'));
  expect(headers.map(([name]) => name).sort()).toStrictEqual(expected);
  expect(Object.fromEntries(headers)).toMatchObject({ to: 'desk@example.com', 'message-id': letter.messageId });
  expect(letter.messageId).toMatch(/^<[\w~-]+@monitor\.example>$/);
  expect(Math.max(...source.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  expect(source.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect([...letter.subject].length).toBeLessThanOrEqual(150);
  expect(text).not.toBe('');
  const tags = html.match(/<[^>]*>/g) ?? [];
  expect(
    tags.filter(
      (tag) => !/^<(?:!doctype html|\/?html|\/?body|div style="[^"]*"|\/div|hr|\/?b|a href="https:\/\/[^"]*"|\/a)>$/.test(tag),
    ),
  ).toStrictEqual([]);
};

describe('a letter', () => {
  it('has the headers it should have and no other, whatever the alert holds', async () => {
    await fc.assert(
      fc.asyncProperty(anyAlert, anyLine, fc.boolean(), async (told, symbol, isReply) => {
        const episode = isReply ? { episode: { id: 'qqqqqqqqqqqqqqqq', role: 'escalates' as const } } : {};
        const posting = { alert: { ...told, symbol, ...episode }, attempt: AGAIN };
        await check(alertLetter(paper, posting));
        await check(alertsLetter(paper, [posting, { alert: told, attempt: FIRST }]));
      }),
      { numRuns: 100 },
    );
  });

  it('takes any announcement', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, fc.array(anyLine, { maxLength: 12 }), (title, lines) =>
        check(announcementLetter(paper, { title, lines }, '1')),
      ),
      { numRuns: 100 },
    );
  });

  it('takes an id that is none of ours', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, anyAlert, (id, told) => check(alertLetter(paper, { alert: { ...told, id }, attempt: FIRST }))),
      { numRuns: 50 },
    );
  });
});
