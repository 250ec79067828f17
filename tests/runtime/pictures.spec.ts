import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PNG } from 'pngjs';
import type { Observable } from 'rxjs';
import { firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { PictureError } from '../../src/ports/pictures.js';
import type { PicturesOptions } from '../../src/runtime/pictures.js';
import { createPictures } from '../../src/runtime/pictures.js';
import { faultLog } from '../support/fakes.js';

/*
 * The thread is the real one, built by `npm test` (dist/picture-worker.js); for what it never does by itself there are threads
 * written here. What takes how long is measured by `npm run bench`, not here: deadlines are far away or over at once.
 */

const FAR_MS = 30_000;
const svg = (width: number, fill = '#ff0000'): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="10"><rect width="${width}" height="10" fill="${fill}"/></svg>`;

const folders: string[] = [];
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const started = (given: Partial<PicturesOptions> = {}) => {
  const log = faultLog();
  const pictures = createPictures({ report: log.report, ...given });
  open.push(pictures);
  return { ...log, pictures };
};

/** A thread that runs this text. */
const thread = (text: string): URL => {
  const folder = mkdtempSync(join(tmpdir(), 'picture-thread-'));
  folders.push(folder);
  writeFileSync(join(folder, 'thread.mjs'), text);
  return pathToFileURL(join(folder, 'thread.mjs'));
};

const PORT = `import { parentPort } from 'node:worker_threads';`;
/** Dies when it is asked for a picture that is 13 wide, never answers one that is 14, and all others with the order's number. */
const MORTAL = `${PORT}
parentPort.on('message', ({ number, svg }) => {
  if (svg.includes('width="13"')) process.exit(1);
  if (!svg.includes('width="14"')) parentPort.postMessage({ kind: 'drawn', number, png: new Uint8Array([number]) });
});`;

/** The picture; one that ends without any is as good as none. */
const drawn = (picture$: Observable<Uint8Array>): Promise<Uint8Array> =>
  firstValueFrom(picture$, { defaultValue: new Uint8Array() });

const failureOf = (picture$: Observable<Uint8Array>): Promise<string> =>
  drawn(picture$).then(
    () => 'drawn',
    (error: unknown) => (error instanceof PictureError ? error.kind : String(error)),
  );

describe('the pictures of this machine', () => {
  it('are PNGs of the size that was asked for', async () => {
    const { pictures, faults } = started();
    pictures.start();
    const png = PNG.sync.read(Buffer.from(await drawn(pictures.draw(svg(40), FAR_MS))));
    expect([png.width, png.height, ...png.data.subarray(0, 4)]).toStrictEqual([40, 10, 255, 0, 0, 255]);
    expect(faults).toStrictEqual([]);
  });

  it('are lettered in the font that travels with the product, and in no other', async () => {
    const { pictures } = started();
    const lettered = (text: string): string =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20" font-family="DejaVu Sans" font-size="16"><text y="16">${text}</text></svg>`;
    const inkOf = async (text: string): Promise<number> => {
      const { data } = PNG.sync.read(Buffer.from(await drawn(pictures.draw(lettered(text), FAR_MS))));
      return data.filter((value, i) => i % 4 === 3 && value > 0).length;
    };
    expect(await inkOf('')).toBe(0);
    expect(await inkOf('ABC')).toBeGreaterThan(100);
  });

  it('come one after another, each to who asked for it', async () => {
    const { pictures } = started();
    const widths = Array.from({ length: 12 }, (_, i) => 20 + i);
    const all = await Promise.all(widths.map((width) => drawn(pictures.draw(svg(width), FAR_MS))));
    expect(all.map((png) => PNG.sync.read(Buffer.from(png)).width)).toStrictEqual(widths);
  });

  it('are drawn anew for each subscription, and not before', async () => {
    const { pictures } = started({ workerUrl: thread(MORTAL) });
    const picture$ = pictures.draw(svg(1), FAR_MS);
    expect(await drawn(picture$)).toStrictEqual(new Uint8Array([1]));
    expect(await drawn(picture$)).toStrictEqual(new Uint8Array([2]));
  });

  it('fail one by one where the SVG is none', async () => {
    const { pictures, faults } = started();
    expect(await failureOf(pictures.draw('no picture at all', FAR_MS))).toBe('failed');
    expect(await failureOf(pictures.draw(svg(20), FAR_MS))).toBe('drawn');
    expect(faults).toStrictEqual([]);
  });
});

describe('a picture that does not come', () => {
  it('is late at its deadline, and leaves the line to others', async () => {
    const { pictures } = started({ workerUrl: thread(MORTAL) });
    const never = failureOf(pictures.draw(svg(14), 50));
    const behind = failureOf(pictures.draw(svg(15), 50));
    expect(await Promise.all([never, behind])).toStrictEqual(['late', 'late']);
  });

  it('is refused where too many wait already', async () => {
    const { pictures } = started({ workerUrl: thread(MORTAL) });
    const waiting = Array.from({ length: 41 }, () => failureOf(pictures.draw(svg(14), 200)));
    expect(await failureOf(pictures.draw(svg(1), 200))).toBe('crowded');
    expect(new Set(await Promise.all(waiting))).toStrictEqual(new Set(['late']));
  });

  it('is not drawn for who has left the line', async () => {
    const { pictures } = started({ workerUrl: thread(MORTAL) });
    const first = drawn(pictures.draw(svg(1), FAR_MS));
    pictures.draw(svg(13), FAR_MS).subscribe().unsubscribe();
    expect(await first).toStrictEqual(new Uint8Array([1]));
    expect(await drawn(pictures.draw(svg(2), FAR_MS))).toStrictEqual(new Uint8Array([3]));
  });
});

describe('the thread that draws', () => {
  it('is replaced when it dies, which is reported', async () => {
    const { pictures, faults } = started({ workerUrl: thread(MORTAL) });
    const dying = failureOf(pictures.draw(svg(13), FAR_MS));
    const behind = failureOf(pictures.draw(svg(1), FAR_MS));
    expect(await Promise.all([dying, behind])).toStrictEqual(['failed', 'failed']);
    expect(faults.map(({ kind }) => kind)).toStrictEqual(['pictures-failed']);
    expect(await failureOf(pictures.draw(svg(1), FAR_MS))).toBe('drawn');
  });

  it('is not started at every picture where it dies each time', async () => {
    const { pictures, faults } = started({ workerUrl: thread(`process.exit(1);`) });
    for (let i = 0; i < 5; i++) expect(await failureOf(pictures.draw(svg(1), FAR_MS))).toBe('failed');
    expect(faults).toHaveLength(2);
  });

  it('is replaced when a drawing of it never ends', async () => {
    const { pictures, faults } = started({ workerUrl: thread(MORTAL), hungMs: 1_000 });
    expect(await failureOf(pictures.draw(svg(14), FAR_MS))).toBe('failed');
    expect(faults.map(({ kind }) => kind)).toStrictEqual(['pictures-failed']);
    expect(await failureOf(pictures.draw(svg(1), FAR_MS))).toBe('drawn');
  });

  it('says once what it lacks, and then nothing is asked of it', async () => {
    const { pictures, faults } = started({
      workerUrl: thread(`${PORT} parentPort.postMessage({ kind: 'unable', detail: 'no library' });`),
    });
    pictures.start();
    for (let i = 0; i < 3; i++) expect(await failureOf(pictures.draw(svg(1), FAR_MS))).toBe('absent');
    expect(faults).toStrictEqual([{ kind: 'pictures-failed', detail: 'alerts are told without pictures: no library' }]);
  });

  it('says that the library is missing where it is', async () => {
    const alone = thread(readFileSync(new URL('../../dist/picture-worker.js', import.meta.url), 'utf8'));
    const { pictures, faults } = started({ workerUrl: alone });
    expect(await failureOf(pictures.draw(svg(1), FAR_MS))).toBe('absent');
    const detail = 'alerts are told without pictures: @resvg/resvg-js cannot be loaded (ERR_MODULE_NOT_FOUND)';
    expect(faults).toStrictEqual([{ kind: 'pictures-failed', detail }]);
  });

  it('is missed where it was not built', async () => {
    const { pictures, faults } = started({ workerUrl: null });
    pictures.start();
    expect(await failureOf(pictures.draw(svg(1), FAR_MS))).toBe('absent');
    expect(faults.map(({ detail }) => detail)).toStrictEqual([expect.stringContaining('npm run build')]);
  });
});
