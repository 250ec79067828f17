/** The part of JSON Schema that the settings use. */
interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly pattern?: string;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Row {
  readonly name: string;
  readonly schema: Schema;
}

/** Settings of one section, those of inner sections with their path. */
const rowsOf = (schema: Schema, path = ''): readonly Row[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    name === 'type'
      ? []
      : inner.properties === undefined
        ? [{ name: path + name, schema: inner }]
        : rowsOf(inner, `${path}${name}.`),
  );

const shown = (value: unknown): string => {
  if (value === undefined) return '';
  if (Array.isArray(value)) return `\`[${value.join(', ')}]\``;
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
};

/** The words a setting may be, where it is one of a few. */
const choicesOf = (schema: Schema): readonly unknown[] =>
  schema.enum ??
  schema.anyOf?.flatMap((each) => each.enum ?? []) ??
  schema.items?.anyOf?.flatMap((each) => each.enum ?? []) ??
  [];

const table = (rows: readonly Row[]): readonly string[] => [
  '| setting | default | what it does |',
  '|---|---|---|',
  ...rows.map(({ name, schema }) => {
    const choices = choicesOf(schema);
    const text = (schema.description ?? '').replaceAll('<', '\\<');
    const of = choices.length === 0 ? '' : ` One of ${choices.map((choice) => `\`${String(choice)}\``).join(', ')}.`;
    return `| \`${name}\` | ${shown(schema.default)} | ${text}${of} |`;
  }),
];

/** The alternatives of a section that takes plug-ins: those schemas that name a `type`. */
const pluginsOf = (schema: Schema): readonly Schema[] =>
  [schema, ...(schema.anyOf ?? []), ...(schema.items?.anyOf ?? [])].filter(
    (each) => each.properties?.['type']?.const !== undefined,
  );

/** docs/settings.md, made of the JSON Schema of the settings: every section, every plug-in, every setting with its default. */
export const settingsReference = (schema: object): string => {
  const sections = Object.entries((schema as Schema).properties ?? {});
  const lines = sections.flatMap(([name, section]) => {
    const plugins = pluginsOf(section);
    const head = [`## \`${name}\``, '', section.description ?? '', ''];
    if (plugins.length > 0) {
      return [
        ...head,
        ...plugins.flatMap((plugin) => {
          const rows = rowsOf(plugin);
          const title = [`### \`type: ${String(plugin.properties?.['type']?.const)}\``, '', plugin.description ?? '', ''];
          return rows.length === 0 ? title : [...title, ...table(rows), ''];
        }),
      ];
    }
    const rows = section.properties === undefined ? [{ name, schema: section }] : rowsOf(section);
    return [...head, ...table(rows), ''];
  });
  return [
    '# Settings',
    '',
    'Made from the schema (`config/monitor.schema.json`) and checked by a test. Durations carry a unit (`250ms`, `3s`, `30m`, `1h`, `7d`), percentages their sign.',
    'A setting without a default must be given.',
    '',
    ...lines,
  ]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()
    .concat('\n');
};
