import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/sinks/discord/address.js';
import { ID, TOKEN } from './world.js';

const WEBHOOK = `webhooks/${ID}/${TOKEN}`;
const post = (text: string): string | undefined => parseAddress(text)?.post.reveal();
const NORMAL = `https://discord.com/api/v10/${WEBHOOK}?wait=true`;

describe('the address of a webhook', () => {
  it.each([
    `https://discord.com/api/${WEBHOOK}`,
    `https://discordapp.com/api/${WEBHOOK}`,
    `https://ptb.discord.com/api/${WEBHOOK}`,
    `https://canary.discordapp.com/api/${WEBHOOK}`,
    `https://DISCORD.com:443/api/v6/${WEBHOOK}/`,
    `https://discord.com/api/v9/${WEBHOOK}/slack?wait=false`,
    `https://discord.com/api/${WEBHOOK}/messages/123?with_components=true#x`,
    `  https://discord.com/api/${WEBHOOK}\n`,
  ])('is made normal: %s', (text) => {
    expect(post(text)).toBe(NORMAL);
  });

  it('keeps the thread, and nothing else that was asked', () => {
    expect(post(`https://discord.com/api/${WEBHOOK}?thread_id=1300000000000000009&wait=0`)).toBe(
      `${NORMAL}&thread_id=1300000000000000009`,
    );
  });

  it('may be on this very machine', () => {
    expect(post(`http://127.0.0.1:8080/api/${WEBHOOK}`)).toBe(`http://127.0.0.1:8080/api/v10/${WEBHOOK}?wait=true`);
    expect(post(`http://[::1]:8080/api/${WEBHOOK}`)).toBe(`http://[::1]:8080/api/v10/${WEBHOOK}?wait=true`);
  });

  it.each([
    '',
    'discord',
    `http://discord.com/api/${WEBHOOK}`,
    `https://discord.com:8443/api/${WEBHOOK}`,
    `https://user:pass@discord.com/api/${WEBHOOK}`,
    `https://discord.com.evil.example/api/${WEBHOOK}`,
    `https://evil.example/https://discord.com/api/${WEBHOOK}`,
    `https://notdiscord.com/api/${WEBHOOK}`,
    `http://10.0.0.1/api/${WEBHOOK}`,
    `http://localhost/api/${WEBHOOK}`,
    `http://127.0.0.1.evil.example/api/${WEBHOOK}`,
    `https://127.0.0.1/api/${WEBHOOK}`,
    `https://discord.com/api/webhooks/${ID}`,
    `https://discord.com/api/webhooks/${ID}/short`,
    `https://discord.com/api/webhooks/12/${TOKEN}`,
    `https://discord.com/api/${WEBHOOK}%2F..%2F..`,
    `https://discord.com/api/${WEBHOOK}?thread_id=1%262`,
    `https://discord.com/channels/${ID}/${TOKEN}`,
  ])('is not %s', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  it('cannot be printed, and is taken out of what others say', () => {
    const address = parseAddress(NORMAL)!;
    for (const shown of [
      inspect(address, { depth: 9, showHidden: true }),
      JSON.stringify(address),
      String(address.post),
      String(address.key),
    ])
      expect(shown).not.toContain(TOKEN);
    expect(address.redact(`POST /${WEBHOOK} failed`)).toBe('POST /webhooks/[redacted]/[redacted] failed');
  });
});
