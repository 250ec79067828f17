import { serverContract } from './server-context.js';

serverContract('postgres');
