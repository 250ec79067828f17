/*
 * What Discord accepts as the body of a webhook message, written from its documentation (discord-protocol.md §3) and from
 * nothing in the sinks: a misreading shared with the sink would make every test of it worthless.
 */

/** One complaint: where, Discord's inner code, its sentence. */
export interface Complaint {
  readonly path: readonly string[];
  readonly code: string;
  readonly message: string;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Lengths are those of a Python string: code points after outer white space is gone. */
const lengthOf = (text: string): number => Array.from(text.trim()).length;

const complain = (path: readonly string[], code: string, message: string): readonly Complaint[] => [{ path, code, message }];

interface TextRule {
  readonly max: number;
  readonly required?: boolean;
}

const checkText = (value: unknown, path: readonly string[], { max, required = false }: TextRule): readonly Complaint[] => {
  if (value === undefined || value === null)
    return required ? complain(path, 'BASE_TYPE_REQUIRED', 'This field is required') : [];
  if (typeof value !== 'string') return complain(path, 'STRING_TYPE_CONVERT', 'Could not interpret value as string.');
  if (required && lengthOf(value) === 0) return complain(path, 'BASE_TYPE_REQUIRED', 'This field is required');
  return lengthOf(value) > max ? complain(path, 'BASE_TYPE_MAX_LENGTH', `Must be ${max} or fewer in length.`) : [];
};

const checkUsername = (value: unknown): readonly Complaint[] => {
  const path = ['username'];
  if (value === undefined || value === null) return [];
  if (typeof value !== 'string') return checkText(value, path, { max: 80 });
  const name = value.trim();
  if (lengthOf(name) < 1 || lengthOf(name) > 80)
    return complain(path, 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 80 in length.');
  for (const word of ['discord', 'clyde'])
    if (name.toLowerCase().includes(word))
      return complain(path, 'USERNAME_INVALID_CONTAINS', `Username cannot contain "${word}"`);
  if (['everyone', 'here'].includes(name.toLowerCase()))
    return complain(path, 'USERNAME_INVALID_CONTAINS', `Username cannot be "${name}"`);
  return /[@#:]|```/.test(name)
    ? complain(path, 'USERNAME_INVALID_CONTAINS', 'Username cannot contain "@", "#", ":" or "```"')
    : [];
};

const checkAddress = (value: unknown, path: readonly string[]): readonly Complaint[] => {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'string' || !/^(https?|attachment):\/\//.test(value))
    return complain(path, 'URL_TYPE_INVALID_URL', 'Not a well formed URL.');
  return checkText(value, path, { max: 2048 });
};

const part = (embed: Json, name: string): Json => (isObject(embed[name]) ? embed[name] : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

const checkField = (value: unknown, path: readonly string[]): readonly Complaint[] => {
  const field = objectOf(value);
  return [
    ...checkText(field['name'], [...path, 'name'], { max: 256, required: true }),
    ...checkText(field['value'], [...path, 'value'], { max: 1024, required: true }),
  ];
};

const checkColor = (value: unknown, path: readonly string[]): readonly Complaint[] => {
  if (value === undefined || value === null) return [];
  const valid = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffff;
  return valid ? [] : complain(path, 'NUMBER_TYPE_MAX', 'int value should be between 0 and 16777215.');
};

const checkTimestamp = (value: unknown, path: readonly string[]): readonly Complaint[] => {
  if (value === undefined || value === null) return [];
  const valid = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/.test(value);
  return valid ? [] : complain(path, 'DATE_TIME_TYPE_PARSE', 'Could not parse. Should be ISO8601.');
};

const checkEmbed = (value: unknown, path: readonly string[]): readonly Complaint[] => {
  if (!isObject(value)) return complain(path, 'MODEL_TYPE_CONVERT', 'Only dictionaries may be used in a ModelType');
  const fields = listOf(value['fields']);
  return [
    ...checkText(value['title'], [...path, 'title'], { max: 256 }),
    ...checkText(value['description'], [...path, 'description'], { max: 4096 }),
    ...checkText(part(value, 'footer')['text'], [...path, 'footer', 'text'], { max: 2048, required: 'footer' in value }),
    ...checkText(part(value, 'author')['name'], [...path, 'author', 'name'], { max: 256, required: 'author' in value }),
    ...checkAddress(value['url'], [...path, 'url']),
    ...checkColor(value['color'], [...path, 'color']),
    ...checkTimestamp(value['timestamp'], [...path, 'timestamp']),
    ...(fields.length > 25 ? complain([...path, 'fields'], 'BASE_TYPE_MAX_LENGTH', 'Must be 25 or fewer in length.') : []),
    ...fields.flatMap((field, at) => checkField(field, [...path, 'fields', String(at)])),
  ];
};

/** The characters of an embed that count towards the 6000 which all embeds of a message share. */
const weightOf = (value: unknown): number => {
  const embed = objectOf(value);
  const texts = [embed['title'], embed['description'], part(embed, 'footer')['text'], part(embed, 'author')['name']];
  const fields = listOf(embed['fields']).map(objectOf);
  return [...texts, ...fields.flatMap((field) => [field['name'], field['value']])]
    .filter((text) => typeof text === 'string')
    .reduce((sum, text) => sum + lengthOf(text), 0);
};

const checkEmbeds = (value: unknown): readonly Complaint[] => {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return complain(['embeds'], 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
  const embeds: readonly unknown[] = value;
  if (embeds.length > 10) return complain(['embeds'], 'BASE_TYPE_MAX_LENGTH', 'Must be 10 or fewer in length.');
  const single = embeds.flatMap((embed, at) => checkEmbed(embed, ['embeds', String(at)]));
  if (single.length > 0) return single;
  const weight = embeds.reduce<number>((sum, embed) => sum + weightOf(embed), 0);
  return weight > 6000 ? complain(['embeds'], 'MAX_EMBED_SIZE_EXCEEDED', 'Embed size exceeds maximum size of 6000') : [];
};

const checkMentions = (value: unknown): readonly Complaint[] => {
  const path = ['allowed_mentions'];
  if (value === undefined || value === null) return [];
  if (!isObject(value)) return complain(path, 'MODEL_TYPE_CONVERT', 'Only dictionaries may be used in a ModelType');
  const parse = listOf(value['parse']);
  return ['users', 'roles'].flatMap((kind) => {
    const named = listOf(value[kind]);
    if (named.length > 100) return complain([...path, kind], 'BASE_TYPE_MAX_LENGTH', 'Must be 100 or fewer in length.');
    const both = named.length > 0 && parse.includes(kind);
    return both
      ? complain([...path, 'parse'], 'ALLOWED_MENTIONS_EXCLUSIVE', `parse:["${kind}"] and ${kind}: [ids] are mutually exclusive.`)
      : [];
  });
};

/** Everything wrong with the body of a message, in the order of its fields; nothing when it would be saved. */
export const complaintsAbout = (body: Json): readonly Complaint[] => [
  ...checkText(body['content'], ['content'], { max: 2000 }),
  ...checkUsername(body['username']),
  ...(body['thread_name'] === undefined ? [] : checkText(body['thread_name'], ['thread_name'], { max: 100, required: true })),
  ...checkAddress(body['avatar_url'], ['avatar_url']),
  ...checkEmbeds(body['embeds']),
  ...checkMentions(body['allowed_mentions']),
];

/** A message needs at least one of these. */
export const isEmptyMessage = (body: Json): boolean =>
  !(typeof body['content'] === 'string' && lengthOf(body['content']) > 0) &&
  listOf(body['embeds']).length === 0 &&
  !['components', 'attachments'].some((name) => listOf(body[name]).length > 0) &&
  !isObject(body['poll']);

/** The `errors` tree of a 400: nested by path, `_errors` at the leaves. */
export const errorTree = (complaints: readonly Complaint[]): Json => {
  const root: Record<string, unknown> = {};
  for (const { path, code, message } of complaints) {
    let node = root;
    for (const key of path) node = (node[key] ??= {}) as Record<string, unknown>;
    ((node['_errors'] ??= []) as unknown[]).push({ code, message });
  }
  return root;
};
