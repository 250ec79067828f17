/** The environment as the monitor is given it; empty counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Text with its variables put in, and their names; or what is wrong with it, in words that hold no variable's value. */
export type Substituted =
  | { readonly ok: true; readonly text: string; readonly variables: readonly string[] }
  | { readonly ok: false; readonly text: string };

const PLACE = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;
const INNER = /^([A-Za-z_][A-Za-z0-9_]*)(?::([-+])(.*))?$/s;

export const variable = (env: Environment, name: string): string => (Object.hasOwn(env, name) ? (env[name] ?? '') : '');

/**
 * Puts variables into a scalar: `${VAR}` must be there and not be empty, `${VAR:-text}` gives the text in that case,
 * `${VAR:+text}` gives the text when it is there and nothing otherwise, `$${` stands for `${` itself.
 */
export const substitute = (text: string, env: Environment): Substituted => {
  const variables: string[] = [];
  let wrong: string | null = null;
  const result = text.replace(PLACE, (place: string, inner: string | undefined) => {
    if (place === '$${') return '${';
    const match = inner === undefined ? null : INNER.exec(inner);
    if (match?.[1] === undefined) {
      wrong ??=
        'has a ${ that names no variable, should be ${NAME}, ${NAME:-default} or ${NAME:+text} ($${ for the characters themselves)';
      return '';
    }
    const [, name, operator, alternative = ''] = match;
    const value = variable(env, name);
    variables.push(name);
    if (operator === '+') return value === '' ? '' : alternative;
    if (value !== '') return value;
    if (operator === '-') return alternative;
    const state = Object.hasOwn(env, name) && env[name] !== undefined ? 'empty' : 'not set';
    wrong ??= `needs the variable ${name}, which is ${state}; set it, or write \${${name}:-default}`;
    return '';
  });
  return wrong === null ? { ok: true, text: result, variables } : { ok: false, text: wrong };
};
