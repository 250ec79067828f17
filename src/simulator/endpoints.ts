import type { Market } from '../model/series.js';

/** Where a client finds one market. It appends `/fapi/v1/…` or `/api/v3/…` to `rest`, `/market/stream?…` or `/stream?…` to `ws`. */
export interface Endpoints {
  readonly rest: string;
  readonly ws: string;
}

/** The base addresses of the simulated exchange: USD-M at the root, spot under `/spot`. The direct doors look at the path alone. */
export const endpointsOf = (port: number): Readonly<Record<Market, Endpoints>> => ({
  usdm: { rest: `http://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${port}` },
  spot: { rest: `http://127.0.0.1:${port}/spot`, ws: `ws://127.0.0.1:${port}/spot` },
});

/** The one webhook of the simulated Discord, shaped as a real one. It opens nothing but this simulator. */
export const SIMULATED_WEBHOOK = { id: '100000000000000001', token: 'simulated-'.repeat(7) } as const;

export const webhookOf = (port: number): string =>
  `http://127.0.0.1:${port}/api/webhooks/${SIMULATED_WEBHOOK.id}/${SIMULATED_WEBHOOK.token}`;
