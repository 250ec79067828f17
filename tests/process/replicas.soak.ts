import { it } from 'vitest';
import { onServers } from '../stores/server-context.js';
import { compareReplicas } from './replica-check.js';

onServers((parts) => {
  it('F74: three replicas tell what one tells, struck a hundred times', () => compareReplicas(parts, 100), 3_600_000);
});
