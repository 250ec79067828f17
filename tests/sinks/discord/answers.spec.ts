import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../../src/sinks/discord/answers.js';

const answer = (status: number, body: unknown = '', headers: Readonly<Record<string, string>> = {}) =>
  readAnswer({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

const HTML = '<!DOCTYPE html><html><body><h1>Error</h1></body></html>';
const invalid = (errors: unknown) => ({ message: 'Invalid Form Body', code: 50035, errors });
const description = {
  embeds: { 0: { description: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 4096 or fewer in length.' }] } } },
};

/** The rows of discord-protocol.md §6 that a post can meet. */
const TABLE: readonly (readonly [row: string, status: number, body: unknown, meaning: object])[] = [
  ['200', 200, { id: '1401234567890123456' }, { kind: 'accepted', messageId: '1401234567890123456', odd: null }],
  ['204', 204, '', { kind: 'accepted', messageId: null, odd: 'Discord answers 204 without a message id; taken for accepted' }],
  ['200 with half a body', 200, '{"id": "14', { kind: 'accepted', messageId: null }],
  ['200 with a page', 200, HTML, { kind: 'accepted', messageId: null }],
  ['200 with a number for an id', 200, '{"id": 1401234567890123456}', { kind: 'accepted', messageId: null }],
  [
    '400 invalid form',
    400,
    invalid(description),
    {
      failure: 'dead',
      detail:
        'Discord answers 400: Invalid Form Body, code 50035, embeds.0.description: BASE_TYPE_MAX_LENGTH: Must be 4096 or fewer in length.',
    },
  ],
  ['400 empty message', 400, { message: 'Cannot send an empty message', code: 50006 }, { failure: 'dead' }],
  ['400 not JSON', 400, { message: 'The request body contains invalid JSON.', code: 50109 }, { failure: 'dead' }],
  [
    '400 forum rules',
    400,
    { message: 'Webhooks posted to forum channels must have a thread', code: 220001 },
    { failure: 'dead' },
  ],
  ['400 in the old style', 400, { embeds: ['0'] }, { failure: 'dead', detail: 'Discord answers 400: embeds: 0' }],
  ['400 automatic moderation', 400, { message: 'blocked', code: 200000 }, { failure: 'dead' }],
  ['403 automatic moderation', 403, { message: 'blocked', code: 200001 }, { failure: 'dead' }],
  ['403 harmful link', 403, { message: 'harmful', code: 240000 }, { failure: 'dead' }],
  ['400 thread archived', 400, { message: 'Thread is archived', code: 50083 }, { failure: 'dead' }],
  ['400 name', 400, invalid({ username: { _errors: [{ code: 'USERNAME_INVALID_CONTAINS' }] } }), { kind: 'name-refused' }],
  ['400 name in the old style', 400, { username: ['Must be between 1 and 80 in length.'] }, { kind: 'name-refused' }],
  ['401', 401, { message: 'Invalid Webhook Token', code: 50027 }, { failure: 'disabled' }],
  ['403', 403, { message: 'internal network error', code: 40333 }, { failure: 'disabled' }],
  ['403 with a page', 403, HTML, { failure: 'disabled', detail: 'Discord answers 403: no explanation' }],
  ['404 webhook gone', 404, { message: 'Unknown Webhook', code: 10015 }, { failure: 'disabled' }],
  ['404 channel gone', 404, { message: 'Unknown Channel', code: 10003 }, { failure: 'disabled' }],
  ['405', 405, '', { failure: 'dead' }],
  ['408', 408, '', { failure: 'unknown', strong: false }],
  ['413', 413, { message: 'Request entity too large', code: 40005 }, { failure: 'dead' }],
  ['429 per webhook', 429, { retry_after: 0.376, global: false }, { kind: 'limited', scope: 'webhook', waitMs: 376, odd: null }],
  ['429 global', 429, { retry_after: 1.257, global: true }, { kind: 'limited', scope: 'global', waitMs: 1_257, odd: null }],
  ['429 with a code', 429, { retry_after: 2, code: 20028 }, { kind: 'limited', scope: 'webhook', waitMs: 2_000 }],
  ['429 plain text', 429, 'error code: 1015', { kind: 'limited', scope: 'banned', waitMs: null }],
  ['429 with a page', 429, HTML, { kind: 'limited', scope: 'banned', waitMs: null }],
  [
    '429 JSON without a wait',
    429,
    { message: 'You are being blocked', code: 0 },
    { kind: 'limited', scope: 'banned', waitMs: null },
  ],
  [
    '429 with a wait of milliseconds',
    429,
    { retry_after: 42_911 },
    { waitMs: 3_600_000, odd: expect.stringContaining('42911 s') },
  ],
  ['429 with a negative wait', 429, { retry_after: -1 }, { waitMs: 5_000, odd: expect.any(String) }],
  ['429 with a wait that is text', 429, { retry_after: 'soon' }, { scope: 'webhook', waitMs: 5_000, odd: expect.any(String) }],
  ['429 with a wait that is null', 429, { retry_after: null }, { scope: 'webhook', waitMs: 5_000, odd: expect.any(String) }],
  ['307', 307, '', { failure: 'refused' }],
  ['500', 500, { message: '500: Internal Server Error', code: 0 }, { failure: 'unknown', strong: false }],
  ['502', 502, HTML, { failure: 'unknown', strong: false }],
  ['503', 503, HTML, { failure: 'unknown', strong: false }],
  ['504', 504, HTML, { failure: 'unknown', strong: true }],
  ['520', 520, HTML, { failure: 'unknown', strong: true }],
  ['521', 521, HTML, { failure: 'unknown', strong: false }],
  ['522', 522, HTML, { failure: 'unknown', strong: false }],
  ['523', 523, HTML, { failure: 'unknown', strong: false }],
  ['524', 524, HTML, { failure: 'unknown', strong: true }],
  ['525', 525, HTML, { failure: 'unknown', strong: false }],
  ['526', 526, HTML, { failure: 'unknown', strong: false }],
];

describe('the answers of Discord', () => {
  it.each(TABLE)('%s', (_, status, body, meaning) => {
    expect(answer(status, body)).toMatchObject(meaning);
  });

  it('a ban lasts as long as its header says, where it says so', () => {
    expect(answer(429, 'error code: 1015', { 'retry-after': '900' })).toMatchObject({
      scope: 'banned',
      waitMs: 900_000,
      odd: null,
    });
    expect(answer(429, HTML, { 'retry-after': '86400' })).toMatchObject({ waitMs: 3_600_000, odd: expect.any(String) });
    expect(answer(429, HTML, { 'retry-after': 'Thu, 06 Aug 2026 12:00:00 GMT' })).toMatchObject({ waitMs: null });
  });

  it('a limit of the whole host is known by its headers too', () => {
    for (const headers of [{ 'x-ratelimit-global': 'true' }, { 'x-ratelimit-scope': 'global' }])
      expect(answer(429, { retry_after: 1 }, headers)).toMatchObject({ scope: 'global' });
    expect(answer(429, { retry_after: 1 }, { 'x-ratelimit-scope': 'shared' })).toMatchObject({ scope: 'webhook' });
  });

  it.each([
    '[]',
    'null',
    '7',
    '{"errors": 7}',
    '{"errors": {"_errors": [null]}}',
    `${'{"errors":'.repeat(500)}1${'}'.repeat(500)}`,
  ])('an explanation such as %s harms nobody', (body) => {
    expect(answer(400, body.slice(0, 5_010))).toMatchObject({ failure: 'dead' });
  });

  it('an explanation is cut and holds no control characters', () => {
    const told = answer(400, { message: `\u001b[2J\u202e${'x'.repeat(10_000)}` });
    expect(told).toMatchObject({ detail: expect.stringMatching(/^Discord answers 400: \[2Jx+…$/) });
  });
});
