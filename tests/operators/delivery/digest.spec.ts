import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.js';
import { createNews } from '../../../src/operators/delivery/news.js';
import { alert } from '../../support/alerts.js';

const at = (clock: string): number => Date.parse(`2026-08-06T${clock}Z`);
const strong = (symbol: string, value: number | null, given: Partial<Alert> = {}): Alert =>
  alert({ symbol, decisionTimeMs: at('12:15'), strength: { value, coverage: 1, version: 1, parts: [] }, ...given });
const news = () => createNews('discord', 500);

describe('the summary of what a sink was not told', () => {
  it('says how many expired, from when to when the sink was away, and which were the strongest', () => {
    const told = news();
    told.failed(at('12:03'));
    told.missed(strong('AUSDT', 2.25), 'expired');
    told.missed(strong('BUSDT', 8.1, { direction: 'down', decisionTimeMs: at('12:30') }), 'expired');
    told.missed(strong('*', null, { kind: 'market' }), 'expired');
    told.took(at('14:20'));
    expect(told.next(at('15:00'))?.announcement).toStrictEqual({
      title: '3 alerts expired while discord was away',
      lines: [
        'away from 2026-08-06 12:03 to 14:20 UTC',
        'decided 2026-08-06 12:15 to 12:30 UTC',
        '▲ whole market 15m, 12:15 UTC',
        '▼ BUSDT 15m, 12:30 UTC, strength 8.1 of 10',
        '▲ AUSDT 15m, 12:15 UTC, strength 2.3 of 10',
      ],
    });
    expect([told.isWaiting(), told.next(at('15:00'))]).toStrictEqual([false, null]);
  });

  it.each([
    ['expired, and the sink had never failed', ['expired'], false, '1 alert expired before discord could be told'],
    ['was left out', ['leftOut'], false, '1 alert was left out of a storm'],
    ['were left out', ['leftOut', 'leftOut'], true, '2 alerts were left out of a storm'],
    ['expired and was left out', ['expired', 'leftOut'], true, '1 alert expired while discord was away, 1 was left out of a storm'],
  ] as const)('has its title when one %s', (_, whys, isAway, title) => {
    const told = news();
    if (isAway) told.failed(at('12:00'));
    for (const why of whys) told.missed(strong('AUSDT', 1), why);
    expect(told.next(at('12:30'))?.announcement.title).toBe(title);
  });

  it('names the ten strongest and counts the others', () => {
    const told = news();
    for (let n = 0; n < 14; n++) told.missed(strong(`S${n}USDT`, n / 2), 'leftOut');
    const lines = told.next(at('12:30'))?.announcement.lines ?? [];
    expect(lines.filter((line) => line.startsWith('▲')).map((line) => /S(\d+)/.exec(line)?.[1])).toStrictEqual(['13', '12', '11', '10', '9', '8', '7', '6', '5', '4']);
    expect(lines[0]).toBe('more than 500 were waiting, and those left out were the weakest');
    expect(lines.at(-1)).toBe('and 4 more: the command "deliveries --sink discord" lists them');
  });

  it('joins what could not be said with what has come since', () => {
    const told = news();
    told.failed(at('12:00'));
    told.missed(strong('AUSDT', 1), 'expired');
    const said = told.next(at('12:30'));
    told.missed(strong('BUSDT', 1), 'expired');
    said?.putBack();
    told.took(at('13:00'));
    expect(told.next(at('13:00'))?.announcement).toMatchObject({ title: '2 alerts expired while discord was away', lines: ['away from 2026-08-06 12:00 to 13:00 UTC', expect.any(String), expect.any(String), expect.any(String)] });
  });

  it('forgets an absence that cost nothing', () => {
    const told = news();
    told.failed(at('12:00'));
    told.took(at('12:01'));
    told.missed(strong('AUSDT', 1), 'expired');
    expect(told.next(at('12:30'))?.announcement.title).toBe('1 alert expired before discord could be told');
  });
});

describe('alarms', () => {
  it('are said one by one, before any summary, the newest ten of too many', () => {
    const told = news();
    told.missed(strong('AUSDT', 1), 'leftOut');
    for (let n = 0; n < 12; n++) told.alarm({ title: `alarm ${n}`, lines: [] });
    const titles = Array.from({ length: 12 }, () => told.next(0)?.announcement.title);
    expect(titles).toStrictEqual([...Array.from({ length: 10 }, (_, n) => `alarm ${n + 2}`), '1 alert was left out of a storm', undefined]);
  });
});
