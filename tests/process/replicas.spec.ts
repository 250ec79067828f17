import { it } from 'vitest';
import { onServers } from '../stores/server-context.js';
import { compareReplicas } from './replica-check.js';

// The short form; `npm run soak` strikes a hundred times.
onServers((parts) => {
  it(
    'F74: three replicas tell what one tells, also when those that act are killed, or stopped for longer than their lease',
    () => compareReplicas(parts, 2),
    180_000,
  );
});
