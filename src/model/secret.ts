const values = new WeakMap<object, string>();

/**
 * Text that cannot be printed by accident: as a string, in JSON, in a template, in an error or through the inspector it
 * reads `[redacted]`. Only `reveal` gives the text, and only the place that needs it may call it.
 */
export class Secret {
  constructor(text: string) {
    values.set(this, text);
  }
  reveal(): string {
    return values.get(this) ?? '';
  }
  toString(): string {
    return '[redacted]';
  }
  toJSON(): string {
    return '[redacted]';
  }
  [Symbol.toPrimitive](): string {
    return '[redacted]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}
