import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/telemetry/log.js';
import type { LogOptions } from '../../src/telemetry/log.js';
import { Secret } from '../../src/model/secret.js';

const CANARY = 'canary-9f31c4';

/** A log into memory. */
const logged = (options: Partial<LogOptions> = {}) => {
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    format: 'json',
    secrets: () => [CANARY],
    destination: { write: (line) => lines.push(line) },
    ...options,
  });
  return { log, lines, text: () => lines.join('') };
};

describe('log', () => {
  it('writes one JSON object a line, with what machines look for', () => {
    const { log, lines } = logged();
    log.info({ component: 'delivery', event: 'alert-delivered', symbol: '币安人生USDT', trace_id: 'abc' }, 'Delivered.');
    expect(lines).toHaveLength(1);
    const { time, ...rest } = JSON.parse(lines[0]!);
    expect(rest).toStrictEqual({
      level: 'info',
      component: 'delivery',
      event: 'alert-delivered',
      symbol: '币安人生USDT',
      trace_id: 'abc',
      msg: 'Delivered.',
    });
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(lines[0]!.endsWith('}\n')).toBe(true);
  });

  it('is silent below its level', () => {
    const { log, lines } = logged({ level: 'warn' });
    log.info({ component: 'run', event: 'x' }, 'Not said.');
    log.warn({ component: 'run', event: 'x' }, 'Said.');
    expect(lines).toHaveLength(1);
  });

  it.each(['json', 'pretty'] as const)('lets no secret out: message, stack, nested object, key, Secret (%s)', (format) => {
    const { log, lines, text } = logged({ format });
    const err = new Error(`POST failed for ${CANARY}`, { cause: new Error(CANARY) });
    log.error({ component: 'a', event: 'b', err }, `Message with ${CANARY}.`);
    log.error({ component: 'a', event: 'b', deep: { er: { still: [CANARY, { [CANARY]: 1 }] } } }, 'Nested.');
    log.error({ component: 'a', event: 'b', url: `https://discord.com/api/webhooks/12/undeclared-tok` }, 'Undeclared.');
    log.error({ component: 'a', event: 'b', secret: new Secret(CANARY) }, 'Wrapped.');
    expect(lines).toHaveLength(4);
    expect(text()).not.toContain(CANARY);
    expect(text()).not.toContain('undeclared-tok');
    expect(text()).toContain('log.spec.ts');
  });

  it('is readable on a terminal, with colour only when asked', () => {
    const { log, text } = logged({ format: 'pretty' });
    log.warn({ component: 'source', event: 'feed-lost', symbol: 'BTCUSDT' }, 'The connection was closed.');
    expect(text()).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: source feed-lost: The connection was closed\. \{"symbol":"BTCUSDT"\}\n$/);
    const coloured = logged({ format: 'pretty', colour: true });
    coloured.log.warn({ component: 'source', event: 'feed-lost' }, 'x');
    expect(coloured.text()).toContain('\u001b[');
  });
});
