import type { z } from 'zod';
import { elementOf, isSecret, keysOf } from '../../src/config/schema.js';
import { sinks } from '../../src/sinks/index.js';
import { sources } from '../../src/sources/index.js';
import { stores } from '../../src/stores/index.js';
import { pipelines } from '../../pipelines/index.js';
import { canaryKeyOf, canaryOf } from '../support/canary.js';
import type { Mirrors } from './canary-mirror.js';

/*
 * A canary in every secret that the settings have. Which those are is asked of the schemas, so that a new one that is not planted
 * here is found out.
 */

type Schema = z.core.$ZodType;
type Planted = Readonly<Record<string, unknown>>;
type Ports = Pick<Mirrors, 'http' | 'mail' | 'redis' | 'postgres'>;

/** Options of each part that make it valid, with its secrets planted, and pointed at the mirrors. */
export const PLANTED: Readonly<Record<string, (ports: Ports) => Planted>> = {
  discord: ({ http }) => ({
    webhookUrl: `http://127.0.0.1:${http}/api/webhooks/100000000000000001/${canaryOf('discord', 68)}`,
    deadline: '1s',
    picture: 'off',
  }),
  webhook: ({ http }) => ({
    url: `http://127.0.0.1:${http}/${canaryOf('webhook-path')}?key=${canaryOf('webhook-query')}`,
    secrets: [`whsec_${canaryKeyOf('webhook1')}`, `whsec_${canaryKeyOf('webhook2')}`],
    allowInsecure: true,
    allowNetworks: ['127.0.0.1'],
    deadline: '1s',
  }),
  telegram: ({ http }) => ({
    botToken: `123456789:${canaryOf('telegram')}`,
    chat: '@channel',
    server: `http://127.0.0.1:${http}`,
    deadline: '1s',
  }),
  slack: ({ http }) => ({
    webhookUrl: `http://127.0.0.1:${http}/services/T00000000/B00000000/${canaryOf('slack').replaceAll('-', '_')}`,
    deadline: '1s',
  }),
  email: ({ mail }) => ({
    host: '127.0.0.1',
    port: mail,
    security: 'none',
    user: 'monitor',
    password: canaryOf('email'),
    from: 'monitor@example.com',
    to: ['person@example.com'],
    deadline: '1s',
  }),
  redis: ({ redis }) => ({ url: `redis://monitor:${canaryOf('redis')}@127.0.0.1:${redis}/0`, deadline: '1s' }),
  postgres: ({ postgres }) => ({ url: `postgres://monitor:${canaryOf('postgres')}@127.0.0.1:${postgres}/app`, deadline: '1s' }),
};

const pathsOf = (schema: Schema, path: readonly string[]): readonly (readonly string[])[] => {
  if (isSecret(schema)) return [path];
  const keys = keysOf(schema);
  if (keys !== null) return Object.entries(keys).flatMap(([key, inner]) => pathsOf(inner, [...path, key]));
  const element = elementOf(schema);
  return element === null ? [] : pathsOf(element, [...path, '0']);
};

/** Every part with secrets, and where they stand in its options. */
export const SECRET_PLACES: readonly (readonly [type: string, path: readonly string[]])[] = [
  ...[...sinks, ...stores, ...sources].map(({ type, options }) => ({ type, schema: options })),
  ...pipelines.map(({ type, settings }) => ({ type, schema: settings })),
].flatMap(({ type, schema }) => pathsOf(schema, []).map((path) => [type, path] as const));

/** What is planted at a place; `undefined`: nothing. */
export const plantedAt = (type: string, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    PLANTED[type]?.({ http: 1, mail: 1, redis: 1, postgres: 1 }),
  );

/** Every sink that has secrets. */
export const plantedSinks = (ports: Ports): readonly Planted[] =>
  sinks.filter(({ type }) => type in PLANTED).map(({ type }) => ({ type, ...PLANTED[type]?.(ports) }));
