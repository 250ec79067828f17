import { describe, expect, it } from 'vitest';
import { judgeAnswer } from '../../../src/sources/binance/answers.js';
import { sampleJson } from './support.js';

const NOW_MS = 1_660_090_400_000;
const judge = (status: number, body = '', headers: Record<string, string> = {}) => judgeAnswer({ status, headers, body }, NOW_MS);
const BODY = (status: number | null): string =>
  (sampleJson('errors.json') as { status: number | null; body: string }[]).find((entry) => entry.status === status)?.body ?? '';

describe('judgeAnswer', () => {
  it('waits as long as it is told after 429, or to the next minute', () => {
    expect(judge(429, BODY(429), { 'retry-after': '7' })).toMatchObject({ kind: 'wait', waitMs: 7_000, needsPerson: false });
    expect(judge(429, BODY(429))).toMatchObject({ waitMs: 60_000 - (NOW_MS % 60_000) + 1_000 });
  });
  it('waits to the end of a ban, by the text, the header, or at least two minutes', () => {
    expect(judge(418, BODY(418))).toMatchObject({ kind: 'wait', waitMs: 1_660_090_423_228 - NOW_MS + 1_000, needsPerson: true });
    expect(judge(418, '', { 'retry-after': '600' })).toMatchObject({ waitMs: 600_000 });
    expect(judge(418, '<html>')).toMatchObject({ waitMs: 120_000 });
  });
  it.each([[Number.MAX_SAFE_INTEGER], [9_999_999_999_999]])('waits three days at most, whatever the text says (%d)', (epoch) => {
    expect(judge(418, `banned until ${epoch}`)).toMatchObject({ waitMs: 259_200_000 });
  });
  it('waits an hour where Binance does not serve, five minutes at the wall', () => {
    expect(judge(451, BODY(451))).toMatchObject({ kind: 'wait', waitMs: 3_600_000, needsPerson: true });
    expect(judge(451, BODY(451))).toHaveProperty('detail', expect.stringContaining('restricted location'));
    expect(judge(403, BODY(403))).toMatchObject({ kind: 'wait', waitMs: 300_000 });
    expect(judge(202)).toMatchObject({ kind: 'wait', waitMs: 300_000 });
  });
  it.each([500, 502, 503, 504, 408])('tries %d again', (status) => {
    expect(judge(status, '<html>Bad gateway</html>')).toEqual({ kind: 'later', detail: String(status) });
  });
  it('never repeats what will never be answered', () => {
    expect(judge(400, BODY(null))).toEqual({ kind: 'never', detail: '400 (-1121: Invalid symbol.)' });
    expect(judge(404)).toEqual({ kind: 'never', detail: '404' });
  });
  it('takes no nonsense for a time', () => {
    for (const text of ['', '-1', '1e9', 'Infinity', 'Wed, 21 Oct 2026 07:28:00 GMT', '99999999999'])
      expect(judge(429, '', { 'retry-after': text })).toMatchObject({ waitMs: 60_000 - (NOW_MS % 60_000) + 1_000 });
  });
});
