import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Recordings } from '../../src/simulator/recordings.js';
import { createPrograms, until } from '../support/program.js';
import { readPackaged } from '../support/loopback.js';
import { play, SYMBOLS } from './scene.js';
import { settingsDocument } from './settings.js';

/*
 * The built program, told by SIGHUP to read its settings again. `moveThreshold` is first one that nothing reaches, then one that
 * something reaches nearly every minute: whether the new one judges can be seen from outside.
 */

let recordings: Recordings;
beforeAll(async () => {
  recordings = await readPackaged(SYMBOLS);
});

describe('SIGHUP', { timeout: 60_000 }, () => {
  it('F78: makes it judge by new thresholds without a restart, and a file that is not valid or asks for more changes nothing', () =>
    play(recordings, {}, async ({ loopback, store, posted }) => {
      const path = join(store, '..', 'reloaded.yaml');
      const write = (given: object = {}, moveThreshold = 1_000): void => {
        const document = settingsDocument({ loopback, speed: 60, store, symbols: SYMBOLS, moveThreshold });
        writeFileSync(path, JSON.stringify({ ...document, ...given }));
      };
      const programs = createPrograms();
      try {
        write();
        const program = programs.start(['run', '--config', path]);
        await until('it follows the market', () => loopback.exchange.log.counters().closedBarsSent > 0);

        writeFileSync(path, 'pipeline: { moveThreshold: three }');
        program.kill('SIGHUP');
        expect(await program.said('settings-refused')).toMatchObject({
          level: 'error',
          msg: expect.stringContaining('reloaded.yaml:1:'),
        });

        write({ barrier: '1s' });
        program.kill('SIGHUP');
        expect(await program.said('settings-need-restart')).toMatchObject({
          level: 'warn',
          msg: expect.stringContaining('barrierMs'),
        });
        expect(loopback.posts()).toStrictEqual([]);

        write({}, 0.5);
        program.kill('SIGHUP');
        expect((await program.said('settings-read')).msg).toBe('new thresholds, no window lost: pipeline.moveThreshold');
        await posted();
        expect(program.events().filter((event) => event === 'monitor-started')).toHaveLength(1);
        program.kill('SIGTERM');
        expect((await program.ended).code).toBe(0);
      } finally {
        await programs.endAll();
      }
    }));
});
