import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedact } from '../../src/telemetry/redact.js';

const redactOf = (...secrets: string[]) => createRedact(() => secrets);

describe('redact', () => {
  it('blanks a known value wherever it stands', () => {
    expect(redactOf('canary-7f3a')('a canary-7f3a b {"x":"canary-7f3a"}')).toBe('a [redacted] b {"x":"[redacted]"}');
  });

  it('finds the value inside JSON text and inside a URL', () => {
    const secret = 'pa"ss wörd\n&';
    const redact = redactOf(secret);
    expect(redact(JSON.stringify({ secret }))).toBe('{"secret":"[redacted]"}');
    expect(redact(`https://host/?key=${encodeURIComponent(secret)}`)).toBe('https://host/?key=[redacted]');
  });

  it.each([
    [
      'the password of an address',
      'postgres://user:p%40ss-word@db.example.com/app',
      'login of user with p@ss-word to db.example.com',
    ],
    ['the password as it stands in it', 'redis://:p%40ss-word@cache:6379', 'AUTH p%40ss-word'],
    ['a long part of its path', 'https://hooks.example.com/T1/abcdefghijklmnopqrst', 'no route /abcdefghijklmnopqrst'],
    ['a long value of its query', 'https://example.com/?key=0123456789abcdef', 'key 0123456789abcdef is not known'],
    ['the key of a token', '123456789:AAabcdefghijklmnopq', 'bad key AAabcdefghijklmnopq'],
    ['the key behind a prefix', 'whsec_c2VjcmV0IHNlY3JldA==', 'bad key c2VjcmV0IHNlY3JldA=='],
  ])('blanks %s that stands alone', (_, secret, text) => {
    const clean = redactOf(secret)(text);
    expect(clean).toContain('[redacted]');
    expect(clean).not.toMatch(/ss-word|abcdefghij|0123456789abcdef|c2Vjcm/);
    expect(clean.includes('db.example.com')).toBe(text.includes('db.example.com'));
  });

  it('knows a token again whose end was cut off', () => {
    expect(redactOf('https://hooks.example.com/T1/abcdefghijklmnopqrst')('answers 500: {"path":"/T1/abcdefghijklmno…"}')).toBe(
      'answers 500: {"path":"/T1/[redacted]…"}',
    );
  });

  it('leaves no tail when one secret begins with another', () => {
    expect(redactOf('token', 'token-and-more')('token-and-more')).toBe('[redacted]');
  });

  it('knows a webhook address that nobody declared, plain and percent-encoded', () => {
    const redact = redactOf();
    expect(redact('POST https://discord.com/api/v10/webhooks/123/aB-c_9?wait=true')).toBe(
      'POST https://discord.com/api/v10/webhooks/123/[redacted]?wait=true',
    );
    expect(redact('to=webhooks%2F123%2FaB-c_9&x=1')).toBe('to=webhooks%2F123%2F[redacted]&x=1');
    expect(redact('{"url":"/webhooks/1/tok"}')).toBe('{"url":"/webhooks/1/[redacted]"}');
  });

  it('asks for the secrets anew at each text', () => {
    const secrets: string[] = [];
    const redact = createRedact(() => secrets);
    expect(redact('late-secret')).toBe('late-secret');
    secrets.push('late-secret');
    expect(redact('late-secret')).toBe('[redacted]');
  });

  it('does not blank values too short to be secrets', () => {
    expect(redactOf('', '5', 'on')('position 5 on')).toBe('position 5 on');
  });

  it('lets no value through, whatever surrounds it', () => {
    const secret = fc.string({ minLength: 4, maxLength: 40 }).filter((text) => !'[redacted]'.includes(text));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        // The surroundings may join with the blank to spell the value again; that is not a leak of it.
        fc.pre(!`${before}[redacted]${after}`.includes(value));
        const line = JSON.stringify({ nested: { deep: [`${before}${value}${after}`] } });
        fc.pre(line.includes(JSON.stringify(value).slice(1, -1)));
        expect(redactOf(value)(line)).not.toContain(JSON.stringify(value).slice(1, -1));
        expect(redactOf(value)(`${before}${value}${after}`)).toContain('[redacted]');
      }),
    );
  });
});
