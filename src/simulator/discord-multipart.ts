/*
 * multipart/form-data as Discord documents it for messages with files (discord-protocol.md §3.4), read from RFC 7578 and from
 * nothing in the sinks.
 */

/** One uploaded file. */
export interface UploadedFile {
  /** The `n` of its part `files[n]`. */
  readonly index: number;
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** A body in parts: what `payload_json` says, and the files beside it. */
export interface MultipartBody {
  readonly payload: string;
  readonly files: readonly UploadedFile[];
}

interface Part {
  readonly name: string;
  readonly filename: string | null;
  readonly contentType: string;
  readonly bytes: Buffer;
}

const BOUNDARY = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i;
const FILE_PART = /^files\[(\d)\]$/;
const HEADER_END = '\r\n\r\n';

export const isMultipart = (contentType: string): boolean => /^multipart\/form-data\b/i.test(contentType);

const partOf = (raw: Buffer): Part | null => {
  const end = raw.indexOf(HEADER_END);
  if (end < 0) return null;
  const lines = raw.subarray(0, end).toString('utf8').split('\r\n');
  const headers = new Map(lines.map((line) => [line.split(':', 1)[0]?.trim().toLowerCase(), line.replace(/^[^:]*:\s*/, '')]));
  const disposition = headers.get('content-disposition') ?? '';
  const [, name] = /^form-data\b.*?;\s*name="([^"]*)"/i.exec(disposition) ?? [];
  const [, filename = null] = /;\s*filename="([^"]*)"/i.exec(disposition) ?? [];
  if (name === undefined) return null;
  const contentType = headers.get('content-type') ?? 'application/octet-stream';
  return { name, filename, contentType, bytes: raw.subarray(end + HEADER_END.length) };
};

/** The parts between the delimiters, or `null` where the body is not what its header claims: then nothing of it is believed. */
const split = (body: Buffer, boundary: string): readonly Part[] | null => {
  const first = Buffer.from(`--${boundary}`);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  if (!body.subarray(0, first.length).equals(first)) return null;
  const parts: Part[] = [];
  let at = first.length;
  while (body.subarray(at, at + 2).toString('latin1') === '\r\n') {
    const next = body.indexOf(delimiter, at);
    const part = next < 0 ? null : partOf(body.subarray(at + 2, next));
    if (part === null) return null;
    parts.push(part);
    at = next + delimiter.length;
  }
  return body.subarray(at, at + 2).toString('latin1') === '--' ? parts : null;
};

/** Reads a body in parts; `null` when it is none, or when a part is not one that Discord knows. */
export const readMultipart = (contentType: string, body: Uint8Array): MultipartBody | null => {
  const match = BOUNDARY.exec(contentType);
  const parts = match === null ? null : split(Buffer.from(body), match[1] ?? match[2] ?? '');
  const payloads = parts?.filter(({ name }) => name === 'payload_json') ?? [];
  const [payload] = payloads;
  if (parts === null || payload === undefined || payloads.length > 1) return null;
  const files = parts
    .filter((part) => part !== payload)
    .map(({ name, filename, contentType: type, bytes }): UploadedFile | null => {
      const [, index] = FILE_PART.exec(name) ?? [];
      return index === undefined || filename === null || filename === ''
        ? null
        : { index: Number(index), filename, contentType: type, bytes };
    })
    .filter((file) => file !== null);
  const isWhole = files.length === parts.length - 1 && new Set(files.map(({ index }) => index)).size === files.length;
  return isWhole ? { payload: payload.bytes.toString('utf8'), files } : null;
};
