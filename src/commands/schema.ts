import { config } from '../config/index.js';

/** The JSON Schema of the settings file, as config/monitor.schema.json holds it. */
export const schema = (): Promise<number> => {
  process.stdout.write(`${JSON.stringify(config.jsonSchema(), null, 2)}\n`);
  return Promise.resolve(0);
};
