import type { z } from 'zod';
import type { Context } from './context.js';
import type { Sink } from './sink.js';
import type { Source } from './source.js';
import type { Store } from './store.js';

/** A part that YAML selects by `type`. Its options' schema, defaults and descriptions live here and nowhere else. */
export interface Plugin<Type extends string, Shape extends z.ZodRawShape, Built> {
  readonly type: Type;
  /** One sentence for the settings reference. */
  readonly summary: string;
  readonly options: z.ZodObject<Shape>;
  create(options: z.output<z.ZodObject<Shape>>, context: Context): Built;
}

export const defineSource = <Type extends string, Shape extends z.ZodRawShape>(plugin: Plugin<Type, Shape, Source>) => plugin;
export const defineStore = <Type extends string, Shape extends z.ZodRawShape>(plugin: Plugin<Type, Shape, Store>) => plugin;
export const defineSink = <Type extends string, Shape extends z.ZodRawShape>(plugin: Plugin<Type, Shape, Sink>) => plugin;
