import { pipelines } from '../../pipelines/index.js';
import { sinks } from '../sinks/index.js';
import { sources } from '../sources/index.js';
import { stores } from '../stores/index.js';
import { createConfig } from './load.js';

/** The settings of this monitor, with the plug-ins it has. */
export const config = createConfig({ sources, stores, sinks, pipelines });
