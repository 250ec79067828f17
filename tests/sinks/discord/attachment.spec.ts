import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMultipart } from '../../../src/simulator/discord-multipart.js';
import type { Attachment } from '../../../src/sinks/discord/attachment.js';
import { addressOf, letterOf } from '../../../src/sinks/discord/attachment.js';

const file = (given: Partial<Attachment> = {}): Attachment => ({
  filename: 'abc.png',
  description: 'a chart',
  contentType: 'image/png',
  bytes: new Uint8Array([1, 2, 3]),
  ...given,
});

/** What stands in the parts, as the simulated Discord reads them. */
const read = ({ contentType, body }: ReturnType<typeof letterOf>) => readMultipart(contentType, Buffer.from(body));

describe('a message with files', () => {
  it('is plain JSON where it has none', () => {
    expect(letterOf({ content: 'é' })).toStrictEqual({ contentType: 'application/json', body: '{"content":"é"}' });
  });

  it('is its JSON and its files, each with its words and in its order', () => {
    const files = [
      file(),
      file({ filename: 'def.png', description: 'another "chart"', bytes: new Uint8Array([0, 255, 13, 10]) }),
    ];
    const told = read(letterOf({ content: 'é' }, files));
    expect(JSON.parse(told?.payload ?? '')).toStrictEqual({
      content: 'é',
      attachments: [
        { id: 0, filename: 'abc.png', description: 'a chart' },
        { id: 1, filename: 'def.png', description: 'another "chart"' },
      ],
    });
    expect(
      told?.files.map(({ index, filename, contentType, bytes }) => [index, filename, contentType, [...bytes]]),
    ).toStrictEqual([
      [0, 'abc.png', 'image/png', [1, 2, 3]],
      [1, 'def.png', 'image/png', [0, 255, 13, 10]],
    ]);
  });

  it('is written to the letter', () => {
    const { contentType, body } = letterOf({}, [file({ bytes: Buffer.from('PNG') })]);
    const [, boundary = ''] = /^multipart\/form-data; boundary=([\w-]{20,70})$/.exec(contentType) ?? [];
    expect(Buffer.from(body).toString('latin1')).toBe(
      [
        `--${boundary}`,
        'Content-Disposition: form-data; name="payload_json"',
        'Content-Type: application/json',
        '',
        '{"attachments":[{"id":0,"filename":"abc.png","description":"a chart"}]}',
        `--${boundary}`,
        'Content-Disposition: form-data; name="files[0]"; filename="abc.png"',
        'Content-Type: image/png',
        '',
        'PNG',
        `--${boundary}--`,
        '',
      ].join('\r\n'),
    );
  });

  it('brings any bytes through, and parts of a view as well as whole buffers', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 10 }), (all) => {
        const padded = all.map((bytes) => Uint8Array.from([9, 9, ...bytes, 9]).subarray(2, 2 + bytes.length));
        const told = read(
          letterOf(
            { content: 'x' },
            padded.map((bytes, n) => file({ bytes, filename: `${n}.png` })),
          ),
        );
        expect(told?.files.map(({ bytes }) => [...bytes])).toStrictEqual(all.map((bytes) => [...bytes]));
      }),
    );
  });

  it('is the same body for the same message, so that a copy can be compared', () => {
    expect(letterOf({ a: 1 }, [file()])).toStrictEqual(letterOf({ a: 1 }, [file()]));
    expect(letterOf({ a: 1 }, [file()]).contentType).not.toBe(
      letterOf({ a: 1 }, [file({ bytes: new Uint8Array([4]) })]).contentType,
    );
  });

  it('is spoken of by an embed under its name', () => {
    expect(addressOf('abc.png')).toBe('attachment://abc.png');
  });
});
