/** The files of one store. Only what they hold says which goes with which, never the names alone. */
export const SNAPSHOT = 'state.json';
export const LOG = 'state.log';
export const PREVIOUS_SNAPSHOT = 'state.previous.json';
export const PREVIOUS_LOG = 'state.previous.log';

const TEMPORARY = /^(state\.json|state\.log|lock)\.(?:(\d+)-)?\d+\.tmp$/;

/** A file that is being made; whatever bears such a name at start was never finished. */
export const temporaryName = (name: string, generation: number, pid: number): string => `${name}.${generation}-${pid}.tmp`;

export const isTemporary = (name: string): boolean => TEMPORARY.test(name);

/** The generation that a half-made log was for, or `null` for any other name. */
export const temporaryLogGeneration = (name: string): number | null => {
  const match = TEMPORARY.exec(name);
  return match?.[1] === LOG && match[2] !== undefined ? Number(match[2]) : null;
};

const ASIDE = /\.aside-(\d+)$/;

/** Where bytes that could not be read are kept for a person to look at; `generation` is the one that replaced them. */
export const asideName = (name: string, generation: number): string => `${name}.aside-${generation}`;

export const asideGeneration = (name: string): number | null => {
  const match = ASIDE.exec(name);
  return match === null ? null : Number(match[1]);
};
