/** What a link can suffer from. Times are wire milliseconds. */
export type Toxic =
  /** Everything comes so much later, give or take `jitterMs`; its order stays. */
  | { readonly kind: 'latency'; readonly ms: number; readonly jitterMs?: number }
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number }
  /** The end of one side reaches the other so much later. */
  | { readonly kind: 'slow-close'; readonly ms: number }
  /** Nothing passes and what comes is lost; a connection ends after so long. 0: it never does, a black hole without a close. */
  | { readonly kind: 'timeout'; readonly ms: number }
  /** A connection is reset (RST) after so long. */
  | { readonly kind: 'reset-peer'; readonly ms: number }
  /** Everything is cut into pieces of so many bytes, with a pause before each. */
  | { readonly kind: 'slicer'; readonly bytes: number; readonly pauseMs: number }
  /** A connection ends when so many bytes have passed. */
  | { readonly kind: 'limit-data'; readonly bytes: number }
  /** Nothing passes and nothing is lost: it goes on from there when it is undone. */
  | { readonly kind: 'freeze' };

/** Where the bytes go that suffer. */
export type Towards = 'client' | 'server' | 'both';

/** The toxics that work on one direction now. */
export interface Toxics {
  find<Kind extends Toxic['kind']>(kind: Kind, towards: Towards): Extract<Toxic, { kind: Kind }> | undefined;
}

/** The toxics by name, with the numbers that each must have. */
const NUMBERS: Readonly<Record<Toxic['kind'], readonly string[]>> = {
  latency: ['ms'],
  bandwidth: ['bytesPerSecond'],
  'slow-close': ['ms'],
  timeout: ['ms'],
  'reset-peer': ['ms'],
  slicer: ['bytes', 'pauseMs'],
  'limit-data': ['bytes'],
  freeze: [],
};
export const TOXICS = Object.keys(NUMBERS) as readonly Toxic['kind'][];

/** Whether a value from outside is a toxic, with all its numbers. */
export const isToxic = (value: unknown): value is Toxic => {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const kind = TOXICS.find((known) => known === value.kind);
  return kind !== undefined && NUMBERS[kind].every((name) => Number.isFinite((value as Readonly<Record<string, unknown>>)[name]));
};
