import { describe, expect, it } from 'vitest';
import { config } from '../../src/config/index.js';
import { fingerprintOf } from '../../src/config/fingerprint.js';
import { Secret } from '../../src/model/secret.js';
import { recordedContext } from '../support/context.js';

const options = (token = 'canary-token', more: object = {}) => ({ name: 'discord', webhookUrl: new Secret(token), ...more });

describe('the fingerprint of a sink’s settings', () => {
  it('is the same for the same settings', () => {
    expect(fingerprintOf('discord', options())).toBe(fingerprintOf('discord', options()));
  });

  it.each([
    ['a secret', 'discord', options('another')],
    ['an option', 'discord', options('canary-token', { deadline: 1 })],
    ['a secret inside a list', 'discord', options('canary-token', { headers: [{ value: new Secret('x') }] })],
    ['the type', 'slack', options()],
  ] as const)('is another one with %s that is another', (_, type, given) => {
    expect(fingerprintOf(type, given)).not.toBe(fingerprintOf('discord', options()));
  });

  it('is given to every sink that a config makes', () => {
    const fingerprint = (format: string): string | undefined => {
      const text = JSON.stringify({ store: { type: 'memory' }, sinks: [{ type: 'console', format }] });
      const loaded = config.loadText({ file: { path: 'x.yaml', text, explicit: true }, env: {} });
      return loaded.ok ? loaded.settings.sinks[0]?.create(recordedContext().context).fingerprint?.() : undefined;
    };
    expect(fingerprint('json')).toMatch(/^[\w-]{22}$/);
    expect(fingerprint('json')).toBe(fingerprint('json'));
    expect(fingerprint('json')).not.toBe(fingerprint('pretty'));
  });

  it('holds nothing of a secret', () => {
    expect(fingerprintOf('discord', options())).toMatch(/^[\w-]{22}$/);
  });
});
