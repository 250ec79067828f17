import { createHash } from 'node:crypto';

/*
 * A message with files is a body in parts (discord-protocol.md §3.4): the JSON in one named `payload_json`, each file in one named
 * `files[n]`, to which an entry of `attachments` gives its words, and which an embed shows by `attachment://` and its name.
 * https://docs.discord.com/developers/reference#uploading-files
 */

/** Discord's pages disagree about how large a request may be; this is below all of them, with room for the JSON. */
export const DISCORD_FILES_BYTES_MAX = 7 * 1024 * 1024;

/** A file that goes with a message. */
export interface Attachment {
  /** Letters, digits, dots and dashes: it stands in a header and in an address. */
  readonly filename: string;
  /** What it shows, for who cannot see it. */
  readonly description: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export interface AttachmentEntry {
  readonly id: number;
  readonly filename: string;
  readonly description: string;
}

/** What the JSON of a message says of its files. */
export const entriesOf = (files: readonly Attachment[]): readonly AttachmentEntry[] =>
  files.map(({ filename, description }, id) => ({ id, filename, description }));

/** How an embed speaks of a file of its own message. */
export const addressOf = (filename: string): string => `attachment://${filename}`;

/** Made of the parts, so that the same message has the same body; long enough to stand in no file by chance. */
const boundaryOf = (json: string, files: readonly Attachment[]): string => {
  const hash = createHash('sha256').update(json);
  for (const { bytes } of files) hash.update(bytes);
  return `part-${hash.digest('hex').slice(0, 40)}`;
};

/** A message ready to be sent: as JSON, or in parts where it has files. */
export const letterOf = (
  message: object,
  files: readonly Attachment[] = [],
): { readonly contentType: string; readonly body: string | Uint8Array } => {
  const json = JSON.stringify(files.length === 0 ? message : { ...message, attachments: entriesOf(files) });
  if (files.length === 0) return { contentType: 'application/json', body: json };
  const boundary = boundaryOf(json, files);
  const part = (name: string, contentType: string, content: string | Uint8Array): readonly Buffer[] => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name=${name}\r\nContent-Type: ${contentType}\r\n\r\n`),
    typeof content === 'string' ? Buffer.from(content) : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    Buffer.from('\r\n'),
  ];
  const parts = [
    part('"payload_json"', 'application/json', json),
    ...files.map(({ filename, contentType, bytes }, n) => part(`"files[${n}]"; filename="${filename}"`, contentType, bytes)),
  ];
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...parts.flat(), Buffer.from(`--${boundary}--\r\n`)]),
  };
};
