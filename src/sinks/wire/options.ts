import { z } from 'zod';

/** The name every sink has; `name` is the one it takes when none is set. */
export const sinkName = (name: string) =>
  z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: 'up to 64 letters, digits, dots, dashes' })
    .default(name)
    .describe('Name of this sink; part of what the store remembers, so it must stay the same.');
