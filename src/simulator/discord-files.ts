import type { Complaint } from './discord-form.js';
import type { UploadedFile } from './discord-multipart.js';

/*
 * Files of a message, written from Discord's documentation (discord-protocol.md §3.4 and §4) and from nothing in the sinks.
 */

type Fields = Readonly<Record<string, unknown>>;

/** A file as it was saved with its message. */
export interface SavedFile {
  readonly id: string;
  readonly filename: string;
  readonly contentType: string;
  readonly description: string | null;
  readonly bytes: Uint8Array;
}

export const FILES_MAX = 10;
const NAME_MAX = 1024;
/** 10 MiB a file, webhooks included, since January 2025. */
export const FILE_BYTES_MAX = 10 * 1024 * 1024;
/** What an embed can show of what is uploaded. */
const SHOWN = /\.(?:jpe?g|png|webp|gif)$/i;
const REFERENCE = /^attachment:\/\/(.+)$/;

const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);
const idOf = ({ id }: Fields): string => (typeof id === 'string' || typeof id === 'number' ? String(id) : '');

/** The entry of `attachments` that speaks of an uploaded file. */
const entryOf = (fields: Fields, { index }: UploadedFile): Fields | undefined =>
  listOf(fields['attachments']).find((each) => idOf(each) === String(index));

const tooLong = (path: readonly string[]): Complaint => ({
  path,
  code: 'BASE_TYPE_MAX_LENGTH',
  message: `Must be ${NAME_MAX} or fewer in length.`,
});

const lengthOf = (text: unknown): number => (typeof text === 'string' ? Array.from(text).length : 0);

/** What is wrong with the files of a message and with what is said of them. `kept` are those that it had before an edit. */
export const complaintsAboutFiles = (
  fields: Fields,
  files: readonly UploadedFile[],
  kept: readonly SavedFile[],
): readonly Complaint[] => {
  const entries = listOf(fields['attachments']);
  if (files.length + kept.length > FILES_MAX || entries.length > FILES_MAX)
    return [{ path: ['attachments'], code: 'BASE_TYPE_MAX_LENGTH', message: `Must be ${FILES_MAX} or fewer in length.` }];
  const known = new Set([...files.map(({ index }) => String(index)), ...kept.map(({ id }) => id)]);
  return entries.flatMap((entry, at) => {
    const path = ['attachments', String(at)];
    if (!known.has(idOf(entry)))
      return [
        { path: [...path, 'id'], code: 'ATTACHMENT_NOT_FOUND', message: `Attachment data for attachment ${at} is missing` },
      ];
    return ['filename', 'description'].filter((name) => lengthOf(entry[name]) > NAME_MAX).map((name) => tooLong([...path, name]));
  });
};

/** Those of a message that an edit leaves: all where it does not speak of attachments, else those that it lists. */
export const keptFiles = (edit: Fields, files: readonly SavedFile[]): readonly SavedFile[] => {
  if (!Array.isArray(edit['attachments'])) return files;
  const listed = new Set(listOf(edit['attachments']).map(idOf));
  return files.filter(({ id }) => listed.has(id));
};

/** An uploaded file under its id, with the name and the description that `attachments` gives it. */
export const saveFile = (file: UploadedFile, fields: Fields, id: string): SavedFile => {
  const { filename, description } = entryOf(fields, file) ?? {};
  return {
    id,
    filename: typeof filename === 'string' && filename !== '' ? filename : file.filename,
    contentType: file.contentType,
    description: typeof description === 'string' ? description : null,
    bytes: file.bytes,
  };
};

const addressOf = ({ id, filename }: SavedFile): string =>
  `https://cdn.discordapp.com/attachments/0/${id}/${filename}?ex=0&is=0&hm=0`;

/** The file that an address of an embed speaks of; nothing where it speaks of none, or of one that cannot be shown. */
export const shownFile = (address: unknown, files: readonly SavedFile[]): SavedFile | undefined => {
  const [, name] = typeof address === 'string' ? (REFERENCE.exec(address) ?? []) : [];
  return name !== undefined && SHOWN.test(name) ? files.find(({ filename }) => filename === name) : undefined;
};

/** Embeds as an answer shows them: what was uploaded has an address of Discord's own. */
export const showEmbeds = (fields: Fields, files: readonly SavedFile[]): readonly Fields[] =>
  listOf(fields['embeds']).map((embed) => {
    const file = shownFile((embed['image'] as Fields | undefined)?.['url'], files);
    return { type: 'rich', ...embed, ...(file === undefined ? {} : { image: { url: addressOf(file) } }) };
  });

/** What is attached and shown in no embed: Discord lists it below the message. */
export const showAttachments = (fields: Fields, files: readonly SavedFile[]): readonly Fields[] => {
  const shown = new Set(listOf(fields['embeds']).map(({ image }) => shownFile((image as Fields | undefined)?.['url'], files)));
  return files
    .filter((file) => !shown.has(file))
    .map((file) => ({
      id: file.id,
      filename: file.filename,
      size: file.bytes.length,
      content_type: file.contentType,
      url: addressOf(file),
      proxy_url: addressOf(file),
      ...(file.description === null ? {} : { description: file.description }),
    }));
};
