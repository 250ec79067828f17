import { z } from 'zod';
import { defineStore } from '../ports/plugin.js';
import { secret } from '../ports/settings.js';
import { createPostgresBackend } from './postgres/backend.js';
import { databasesOf, deadlineOption, isAddress, leaseOption } from './server/options.js';
import { createServerStore } from './server/server-store.js';

const ADDRESS = 'an address such as postgres://USER:PASSWORD@HOST:5432/DATABASE';
const SCHEMA = '1 to 60 lower-case letters, digits or "_", not beginning with a digit or with pg_';

/**
 * *Delivery.* What PostgreSQL has acknowledged survives its crash (`fsync` on, which it is unless somebody switched it off;
 * `synchronous_commit` is switched on for our own connection where it is off). After a failover to a standby that does not replicate
 * synchronously acknowledged writes may be missing: then bars are judged again, and alerts younger than their maximum age may come
 * again; none is lost.
 */
export const postgres = defineStore({
  type: 'postgres',
  summary: 'Keeps what was decided and delivered in PostgreSQL, so that several replicas of the monitor give the output of one.',
  options: z.strictObject({
    url: secret
      .refine((url) => isAddress(url.reveal(), ['postgres:', 'postgresql:']), { error: ADDRESS })
      .describe('Address of the database. It is a secret: best as ${DATABASE_URL}.'),
    schema: z
      .string()
      .regex(/^(?!pg_)[a-z_][a-z0-9_]{0,59}$/, { error: SCHEMA })
      .default('momentum')
      .describe(
        'Schema of the tables; made if it is missing. Replicas of one monitor share it; monitors that watch different things must not.',
      ),
    lease: leaseOption,
    deadline: deadlineOption,
  }),
  create: ({ url, schema, lease: leaseMs, deadline: deadlineMs }, context) =>
    createServerStore(createPostgresBackend(databasesOf(context).postgres({ url, deadlineMs }), schema), leaseMs, context),
});
