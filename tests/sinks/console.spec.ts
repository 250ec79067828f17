import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { consoleSink } from '../../src/sinks/console.js';
import { AGAIN, alert, FIRST, HOSTILE } from '../support/alerts.js';
import { recordedContext } from '../support/context.js';
import { ended, sinkContract } from './contract.js';

const open = (given: Record<string, unknown> = {}, print?: () => never) => {
  const { context, lines, faults } = recordedContext(print === undefined ? {} : { print });
  return { sink: consoleSink.create(consoleSink.options.parse(given), context), lines, faults };
};

const printed = async (given: Record<string, unknown>, ...of: Parameters<ReturnType<typeof open>['sink']['deliver']>) => {
  const { sink, lines } = open(given);
  await ended(sink.deliver(...of));
  return lines.join('\n');
};

describe('the console sink', () => {
  let broken = false;
  sinkContract(() => {
    broken = false;
    const lines: string[] = [];
    const print = (line: string): void => {
      if (broken) throw new Error('EPIPE');
      lines.push(line);
    };
    const { context, faults } = recordedContext({ print });
    const sink = consoleSink.create(consoleSink.options.parse({ color: 'never' }), context);
    const failings = [
      () => {
        broken = true;
      },
    ];
    return Promise.resolve({
      sink,
      faults,
      secrets: [],
      failings,
      seen: () => lines,
      rest: () => undefined,
      close: () => Promise.resolve(),
    });
  });

  it('prints one compact block per alert, aligned, the id last', async () => {
    expect(await printed({ color: 'never' }, alert(), AGAIN)).toBe(
      [
        '▲ BTCUSDT  +2.41%  15m · USD-M perpetual  2026-08-06 12:00–12:15 UTC',
        '  close                       61234.5        open 59793.1',
        '  move over 1 bar             4.21 ATR       needs 3.00 ATR',
        '  log volume against 20 bars  5.10 σ         needs 3.00 σ',
        '  liquidity                   1.24M quote/h  needs 10K quote/h',
        '  change over 1 bar           2.41%',
        '  ATR of 14 bars, of price    n/a (not enough bars yet)',
        '  volume of the bar           1.23K base · 75M quote',
        '  data                        98.7% of the expected series had arrived · bar heard on the stream',
        '  chart                       https://www.binance.com/en/futures/BTCUSDT',
        '  note                        may be a repeat: an earlier copy may have arrived',
        '  id                          abcdefghijklmnop',
      ].join('\n'),
    );
  });

  it('paints rises green and falls red, and nothing when told never', async () => {
    const [up, down] = [alert(), alert({ direction: 'down' })];
    expect(await printed({ color: 'always' }, up, FIRST)).toMatch(/^\u001b\[32m/);
    expect(await printed({ color: 'always' }, down, FIRST)).toMatch(/^\u001b\[31m/);
    const plain = await printed({ color: 'never' }, up, FIRST);
    expect(plain).not.toContain('\u001b');
    expect(stripVTControlCharacters(await printed({ color: 'always' }, up, FIRST))).toBe(plain);
  });

  it('does not paint by itself where there is no terminal', async () => {
    expect(process.stdout.isTTY === true || !(await printed({}, alert(), FIRST)).includes('\u001b')).toBe(true);
  });

  it('tells the wanted fields in the wanted order', async () => {
    const lines = (await printed({ color: 'never', fields: ['volume', 'funding'] }, alert(), FIRST)).split('\n');
    expect(lines.map((line) => line.trim().split(/ {2,}/).slice(0, 2))).toStrictEqual([
      ['▲ BTCUSDT', '+2.41%'],
      ['close', '61234.5'],
      ['log volume against 20 bars', '5.10 σ'],
      ['liquidity', '1.24M quote/h'],
      ['volume of the bar', '1.23K base · 75M quote'],
      ['funding', 'n/a (no measure tells it)'],
      ['data', '98.7% of the expected series had arrived · bar heard on the stream'],
      ['chart', 'https://www.binance.com/en/futures/BTCUSDT'],
      ['id', 'abcdefghijklmnop'],
    ]);
  });

  it('is told by a template instead', async () => {
    expect(await printed({ template: '{{ arrow }} {{ symbol | bold }} {{ change }}' }, alert(), FIRST)).toBe('▲ BTCUSDT +2.41%');
    expect(await printed({ template: 'compact' }, alert(), AGAIN)).toMatch(/^⚠️ may be a repeat: [^\n]*\n▲ BTCUSDT \+2\.41% at/);
  });

  it('writes JSON lines that hold the alert whole and nothing a terminal obeys', async () => {
    for (const symbol of HOSTILE) {
      const text = await printed({ format: 'json' }, alert({ symbol }), AGAIN);
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(JSON.parse(text)).toStrictEqual({ ...alert({ symbol }), attempt: 2, mayRepeat: true });
    }
  });

  it('says when it had to cut a symbol', async () => {
    const { sink, faults } = open();
    await ended(sink.deliver(alert({ symbol: 'x'.repeat(65) }), FIRST));
    expect(faults).toMatchObject([{ kind: 'text-shortened', sink: 'console', alertId: 'abcdefghijklmnop' }]);
  });

  it('was certainly not read when standard output is closed', async () => {
    const { sink } = open({}, () => {
      throw new Error('EPIPE');
    });
    await expect(ended(sink.deliver(alert(), FIRST))).rejects.toMatchObject({ failure: 'refused' });
  });

  it('refuses a setting it does not have', () => {
    expect(consoleSink.options.safeParse({ colour: 'always' }).success).toBe(false);
    expect(consoleSink.options.safeParse({ name: '*' }).success).toBe(false);
  });
});
