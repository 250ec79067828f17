import { z } from 'zod';
import { defineStore } from '../ports/plugin.js';
import { secret } from '../ports/settings.js';
import { createRedisBackend } from './redis/backend.js';
import { databasesOf, deadlineOption, isAddress, leaseOption } from './server/options.js';
import { createServerStore } from './server/server-store.js';

const ADDRESS = 'an address such as redis://:PASSWORD@HOST:6379/0, or rediss:// for TLS';
const PREFIX = '1 to 60 letters, digits, ".", "_" or "-"';

/**
 * *Delivery.* What Redis has acknowledged is as durable as it is told to be: with `appendonly yes` and `appendfsync always` it survives
 * a crash of the server. A failover to a replica of Redis may lose acknowledged writes: then bars are judged again, and alerts
 * younger than their maximum age may come again; none is lost.
 */
export const redis = defineStore({
  type: 'redis',
  summary:
    'Keeps what was decided and delivered on a Redis server, so that several replicas of the monitor give the output of one.',
  options: z.strictObject({
    url: secret
      .refine((url) => isAddress(url.reveal(), ['redis:', 'rediss:']), { error: ADDRESS })
      .describe('Address of the Redis server. It is a secret: best as ${REDIS_URL}.'),
    prefix: z
      .string()
      .regex(/^[\w.-]{1,60}$/, { error: PREFIX })
      .default('momentum')
      .describe('All keys begin with it. Replicas of one monitor share it; monitors that watch different things must not.'),
    lease: leaseOption,
    deadline: deadlineOption,
  }),
  create: ({ url, prefix, lease: leaseMs, deadline: deadlineMs }, context) =>
    createServerStore(createRedisBackend(databasesOf(context).redis({ url, deadlineMs }), prefix), leaseMs, context),
});
