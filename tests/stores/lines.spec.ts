import { describe, expect, it } from 'vitest';
import type { Line } from '../../src/stores/journal/lines.js';
import { decodeLog, encodeLine, LOG_VERSION } from '../../src/stores/journal/lines.js';

const heading = encodeLine({ seq: 7, group: 7, op: { kind: 'log', version: LOG_VERSION, generation: 2 } });
const line = (seq: number, group = seq): Line => ({ seq, group, op: { kind: 'put', namespace: 'n', key: '币', value: seq } });
const spoil = (text: string): string => text.replace('put', 'pot');
const read = (...texts: string[]) => {
  const { lines, ending, salvaged, base } = decodeLog(Buffer.from([heading, ...texts].join('')));
  return { base, seqs: lines.map(({ seq }) => seq), ending, salvaged: salvaged.map(({ seq }) => seq) };
};
const [eight, nine, ten, eleven] = [8, 9, 10, 11].map((seq) => encodeLine(line(seq))) as [string, string, string, string];

describe('a log', () => {
  it('writes one line of JSON for each operation, which reads back as it was', () => {
    expect(eight).toMatch(
      /^\{"crc":"[0-9a-f]{8}","seq":8,"group":8,"op":\{"kind":"put","namespace":"n","key":"币","value":8\}\}\n$/,
    );
    expect(JSON.parse(eight)).toMatchObject({ seq: 8 });
    expect(decodeLog(Buffer.from(heading + eight)).lines[0]).toMatchObject(line(8));
  });

  it('is clean to its last byte', () => {
    expect(read(eight, nine)).toEqual({ base: 7, seqs: [8, 9], ending: 'clean', salvaged: [] });
    expect(decodeLog(Buffer.from(heading + eight)).bytes).toBe(Buffer.byteLength(heading + eight));
  });

  it('is torn where its last line is cut, even by its line feed alone', () => {
    for (let cut = 1; cut <= Buffer.byteLength(nine); cut++) {
      const bytes = Buffer.from(heading + eight + nine);
      const { lines, ending, bytes: whole } = decodeLog(bytes.subarray(0, bytes.length - cut));
      expect({ count: lines.length, ending, whole }).toEqual({
        count: 1,
        ending: cut === Buffer.byteLength(nine) ? 'clean' : 'torn',
        whole: Buffer.byteLength(heading + eight),
      });
    }
  });

  it('is torn, not damaged, where a line is bad and those after it were written together with it', () => {
    const group = [9, 10, 11].map((seq) => encodeLine(line(seq, 9))) as [string, string, string];
    expect(read(eight, spoil(group[0]), group[1], group[2])).toEqual({ base: 7, seqs: [8], ending: 'torn', salvaged: [] });
    expect(read(eight, group[0], spoil(group[1]), group[2])).toEqual({ base: 7, seqs: [8, 9], ending: 'torn', salvaged: [] });
  });

  it('is damaged where a later group proves that a bad or missing line had been acknowledged', () => {
    const damaged = { base: 7, seqs: [8], ending: 'damaged', salvaged: [10, 11] };
    expect(read(eight, spoil(nine), ten, eleven)).toEqual(damaged);
    expect(read(eight, ten, eleven)).toEqual(damaged);
    expect(read(eight, nine, spoil(ten), eleven)).toEqual({ base: 7, seqs: [8, 9], ending: 'damaged', salvaged: [11] });
  });

  it('is damaged when its heading is unreadable, whatever follows', () => {
    for (const start of ['', `${'\0'.repeat(40)}\n`, 'garbage\n']) {
      expect(decodeLog(Buffer.from(start + eight))).toMatchObject({ heading: null, ending: 'damaged', salvaged: [{ seq: 8 }] });
    }
    expect(decodeLog(Buffer.alloc(0))).toMatchObject({ heading: null, ending: 'damaged', lines: [] });
  });

  it('counts a number that comes twice once', () => {
    expect(read(eight, nine, nine, ten)).toEqual({ base: 7, seqs: [8, 9, 10], ending: 'clean', salvaged: [] });
    expect(decodeLog(Buffer.from(heading + eight + eight)).repeated).toBe(1);
  });

  it('sees every flipped bit', () => {
    const bytes = Buffer.from(eight);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const spoilt = Buffer.from(bytes);
      spoilt[bit >> 3]! ^= 1 << (bit & 7);
      const { lines } = decodeLog(Buffer.concat([Buffer.from(heading), spoilt]));
      expect(lines.map(({ op }) => op)).toEqual([]);
    }
  });
});
