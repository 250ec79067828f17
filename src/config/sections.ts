import { z } from 'zod';
import { durationMs, sizeBytes } from '../ports/settings.js';

/*
 * The settings that belong to no plug-in, with their defaults. A plug-in's options, defaults and descriptions live in its own file.
 */

const AUTO_OR_DURATION = 'auto, or a duration with its unit, such as 10m';

const CHAIN_WORDS = 'a chain of at least two sinks, such as [discord, file], or a list of such chains';
const chain = z.array(z.string().min(1), { error: CHAIN_WORDS }).min(2, { error: CHAIN_WORDS });

export const delivery = z
  .strictObject({
    onUnknown: z
      .enum(['resend', 'drop'])
      .default('resend')
      .describe('When nobody knows whether a message arrived: send it again, marked as a possible repeat, or drop it.'),
    maxUnknownResends: z.int().min(0).max(100).default(3).describe('How often one message may be sent again for that reason.'),
    maxAge: z
      .union([z.literal('auto'), durationMs], { error: AUTO_OR_DURATION })
      .transform((age) => (age === 'auto' ? null : age))
      .prefault('auto')
      .describe('Alerts older than this are recorded and not sent. auto: the smaller of 2 bars and 15 minutes, at least 60 s.'),
    quickStartPause: durationMs
      .prefault('30s')
      .describe(
        'After the fourth start within a minute nothing is sent for so long, so that a crash loop does not send a copy at every start.',
      ),
    queueLimit: z
      .int()
      .min(10)
      .max(10_000)
      .default(500)
      .describe(
        'Alerts that may wait for one sink. Of more, the weakest are left out; the sink is told how many, and which were strongest.',
      ),
    fallback: z
      .union([chain, z.array(chain).min(1, { error: CHAIN_WORDS })], { error: CHAIN_WORDS })
      .transform((given): readonly (readonly string[])[] =>
        given.some(Array.isArray) ? (given as string[][]) : [given as string[]],
      )
      .optional()
      .describe(
        'Where the first sink of a chain does not take an alert, the next one gets it. A sink that only steps in gets nothing else.',
      ),
  })
  .prefault({})
  .describe('How alerts are delivered, the same for every sink.');

export const silences = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .default('auto')
      .describe(
        'File that `mute` writes. auto: silences.json, inside the folder of the store; none where the store has no folder.',
      ),
    every: durationMs
      .refine((ms) => ms >= 100, { error: 'at least 100ms' })
      .prefault('2s')
      .describe('How often the monitor looks into it.'),
  })
  .prefault({})
  .describe('What somebody does not want to hear for a while.');

const AUTO_OFF_OR_DURATION = 'auto, off, or a duration with its unit, such as 4h';

export const episodes = z
  .strictObject({
    groupFor: z
      .union([z.literal('auto'), z.literal('off'), durationMs], { error: AUTO_OFF_OR_DURATION })
      .prefault('auto')
      .describe(
        'Alerts of one symbol and direction are one episode, which one message tells, while each comes within this time of its last growth. auto: four bars, at least 1h; off: every alert is told for itself.',
      ),
    repeatAfter: z
      .union([z.literal('auto'), z.literal('off'), durationMs], { error: AUTO_OFF_OR_DURATION })
      .prefault('auto')
      .describe(
        'An alert that comes so long after the last one that was posted is posted too, however much the move goes on. auto: 16 bars, at least 4h; off: never.',
      ),
  })
  .prefault({})
  .describe('One message for one move: growth and what became of it are added to the message that told it first.');

export const barrier = durationMs
  .prefault('1500ms')
  .describe('How long a bar close waits for the rest of the market after its first bar.');

/** Addresses that only this machine can reach. */
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/;

export const health = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Serve /healthz and /readyz.'),
    host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
    port: z.int().min(0).max(65_535).default(8787).describe('Port to listen on; 0 takes any free one.'),
    exposed: z.boolean().default(false).describe('Allows a host that other machines can reach, such as 0.0.0.0 in a container.'),
  })
  .refine(({ host, exposed }) => exposed || LOOPBACK.test(host), {
    path: ['host'],
    // Also when another setting of the section is wrong: every problem is told at once.
    when: ({ value }) => typeof value === 'object' && value !== null && 'host' in value && typeof value.host === 'string',
    error: 'a loopback address such as 127.0.0.1, or stand beside "exposed: true", which lets other machines ask',
  })
  .prefault({})
  .describe('The health endpoint.');

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export const log = z
  .strictObject({
    level: z.enum(LOG_LEVELS).default('info').describe('The least important lines that are still written.'),
    format: z.enum(['auto', 'readable', 'json']).default('auto').describe('auto: readable on a terminal, JSON otherwise.'),
  })
  .prefault({})
  .describe('The log.');

/** Room for the names that stand at the beginning of each file of the ring. */
const RING_BYTES_MIN = 1_048_576;

export const decisions = z
  .strictObject({
    enabled: z
      .enum(['auto', 'on', 'off'])
      .default('auto')
      .describe(
        'Keep a ring of what was judged, for explain, why-not and nearest. auto: where the store is a folder, but not in replay.',
      ),
    folder: z.string().min(1).default('auto').describe('Folder of the ring. auto: decisions, inside the folder of the store.'),
    maxBytes: sizeBytes
      .refine((bytes) => bytes >= RING_BYTES_MIN, { error: 'at least 1MiB' })
      .prefault('64MiB')
      .describe('The ring never takes more; the oldest decisions go first.'),
    keep: durationMs.prefault('48h').describe('Decisions older than this go, whole files at a time.'),
  })
  .prefault({})
  .describe('The ring of decisions.');

export const cache = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Keep recent bars on this machine, so that a restart takes seconds. Losing them costs time alone.'),
    folder: z
      .string()
      .min(1)
      .default('auto')
      .describe('Folder of the bars. auto: cache, inside the folder of the store; none where the store has no folder.'),
  })
  .prefault({})
  .describe('The cache of recent bars.');

export const clock = z
  .strictObject({
    speed: z
      .number()
      .min(1)
      .max(3_600)
      .default(1)
      .describe('Market seconds per second. Anything but 1 needs a simulated exchange.'),
  })
  .prefault({})
  .describe('The market clock.');

/** Every sink takes this beside its own options. A variable that is not there (`${VAR:+true}`) leaves it empty: off. */
export const enabled = z
  .union([z.boolean(), z.literal('').transform(() => false)], { error: 'true or false' })
  .default(true)
  .describe('false: the sink is left out.');

export const record = z
  .strictObject({
    folder: z.string().min(1).describe('Folder of the recording; it is made when it is not there.'),
    maxBytes: sizeBytes.prefault('64MiB').describe('A file of this size, packed, is followed by the next.'),
    rotateAfter: durationMs.prefault('1h').describe('A file that is so old is followed by the next.'),
    maxFiles: z.int().min(1).max(100_000).default(48).describe('Files that are kept; the oldest go.'),
  })
  .optional()
  .describe('Writes down every frame and answer of the exchange, to be played back later. Off unless a folder is given.');
