import { writeFileSync } from 'node:fs';
import type { Loopback } from '../support/loopback.js';

/** How the monitor of a process test is set up. A test states what matters to it. */
export interface MonitorSettings {
  readonly loopback: Pick<Loopback, 'endpoints' | 'webhookUrl'>;
  readonly speed: number;
  readonly store: string;
  readonly symbols: readonly string[];
  /** In average true ranges; low ones fire often. */
  readonly moveThreshold?: number;
  readonly volumeLogZThreshold?: number;
  readonly cooldown?: string;
  readonly maxAge?: string;
  readonly quickStartPause?: string;
  readonly deadline?: string;
  /** Charts with the messages; off unless it is said, for they cost more than all the rest. */
  readonly picture?: 'off' | 'dark';
  /** off: every alert for itself, and no message is changed. As the monitor does it unless it is said. */
  readonly episodes?: 'off';
  /** Serve the health endpoint, on any free port. */
  readonly health?: boolean;
}

export const settingsDocument = (settings: MonitorSettings): object => {
  const { loopback, speed, store, symbols } = settings;
  return {
    clock: { speed },
    pipeline: {
      type: 'momentum',
      moveThreshold: settings.moveThreshold ?? 0.5,
      volumeLogZThreshold: settings.volumeLogZThreshold ?? 0.1,
      liquidityLevel: 0,
      unknownLiquidity: 'high',
      cooldown: settings.cooldown ?? '2m',
    },
    source: {
      type: 'binance',
      markets: ['usdm'],
      interval: '1m',
      universe: { allow: symbols },
      endpoints: { usdm: loopback.endpoints.usdm },
    },
    store: { type: 'lowdb', path: store },
    sinks: [
      {
        type: 'discord',
        webhookUrl: loopback.webhookUrl,
        deadline: settings.deadline ?? '10s',
        picture: settings.picture ?? 'off',
      },
    ],
    delivery: { maxAge: settings.maxAge ?? '20m', quickStartPause: settings.quickStartPause ?? '0s' },
    ...(settings.episodes === 'off' ? { episodes: { groupFor: 'off' } } : {}),
    health: { enabled: settings.health ?? false, port: 0 },
    log: { level: 'info', format: 'json' },
  };
};

/** Writes a settings file, JSON being YAML too, and gives its path back. */
export const writeSettings = (path: string, settings: MonitorSettings): string => {
  writeFileSync(path, JSON.stringify(settingsDocument(settings), null, 2));
  return path;
};
