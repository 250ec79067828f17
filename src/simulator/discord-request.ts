import type { SavedFile } from './discord-files.js';
import { complaintsAboutFiles, FILE_BYTES_MAX, keptFiles } from './discord-files.js';
import { complaintsAbout, isEmptyMessage } from './discord-form.js';
import type { MultipartBody } from './discord-multipart.js';
import { isMultipart, readMultipart } from './discord-multipart.js';
import type { Reply } from './discord-replies.js';
import { invalidForm, invalidFormOld, replies } from './discord-replies.js';
import type { SimulatedRequest } from './door.js';

/** What a request is about. */
export interface Route {
  readonly version: number | null;
  readonly webhookId: string;
  readonly token: string;
  readonly messageId: string | null;
  readonly query: URLSearchParams;
}

const ROUTE = /^\/api(?:\/v(\d+))?\/webhooks\/(\d+)\/([^/]+)(?:\/messages\/(\d+))?$/;

/** Reads a webhook's path; `null` when it is none. */
export const routeOf = (path: string): Route | null => {
  const [pathname = '', query = ''] = path.split('?', 2);
  const match = ROUTE.exec(pathname);
  if (match === null) return null;
  const [, version, webhookId = '', token = '', messageId] = match;
  return {
    version: version === undefined ? null : Number(version),
    webhookId,
    token,
    messageId: messageId ?? null,
    query: new URLSearchParams(query),
  };
};

/** Versions below 8, and the one that answers without a version, complain in the old style and wait in milliseconds. */
export const isOld = ({ version }: Route): boolean => version === null || version < 8;

const CONTENT_TYPES = /^application\/json\b/;
const BODY_BYTES_MAX = 25 * 1024 * 1024;

type Fields = Readonly<Record<string, unknown>>;

const parseObject = (text: string): Fields | null => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
};

/** What a request says: its JSON, and the files beside it. `null`: its type is one that is not taken. */
const contentOf = ({ headers, body, bytes }: SimulatedRequest): MultipartBody | 'malformed' | null => {
  const contentType = headers['content-type'] ?? '';
  if (CONTENT_TYPES.test(contentType)) return { payload: body, files: [] };
  return isMultipart(contentType) ? (readMultipart(contentType, bytes ?? Buffer.from(body)) ?? 'malformed') : null;
};

/** What is left to be saved of a request, or of an edit together with what was there before. */
export interface Content {
  readonly fields: Fields;
  readonly files: MultipartBody['files'];
  readonly kept: readonly SavedFile[];
}

const NOTHING = { body: {}, files: [] } as const;

/** The body's fields, laid over those of the message that is edited, and its files; or the refusal. */
export const readBody = (
  request: SimulatedRequest,
  route: Route,
  over: { readonly body: Fields; readonly files: readonly SavedFile[] } = NOTHING,
): Content | Reply => {
  const content = contentOf(request);
  if (content === null) return replies.badContentType;
  if ((request.bytes?.length ?? Buffer.byteLength(request.body)) > BODY_BYTES_MAX) return replies.tooLarge;
  if (content === 'malformed') return replies.notMultipart;
  const parsed = parseObject(content.payload);
  if (parsed === null) return replies.notJson;
  const { files } = content;
  if (files.some(({ bytes }) => bytes.length > FILE_BYTES_MAX)) return replies.fileTooLarge;
  const fields = { ...over.body, ...parsed };
  const kept = keptFiles(parsed, over.files);
  const complaints = [...complaintsAbout(fields), ...complaintsAboutFiles(parsed, files, kept)];
  if (complaints.length > 0) return isOld(route) ? invalidFormOld(complaints) : invalidForm(complaints);
  return isEmptyMessage(fields) && files.length + kept.length === 0 ? replies.emptyMessage : { fields, files, kept };
};

/** What the log keeps of a body: of one in parts its JSON alone. */
export const textOf = (request: SimulatedRequest): string => {
  if (request.bytes === undefined) return request.body;
  return readMultipart(request.headers['content-type'] ?? '', request.bytes)?.payload ?? '';
};

/** A forum takes a message with one thread, named or there; another channel opens none. `null`: it may be taken. */
export const threadComplaint = (fields: Fields, { query }: Route, isForum: boolean): Reply | null => {
  const [isNamed, isThere] = [typeof fields['thread_name'] === 'string', query.get('thread_id') !== null];
  if (isForum && isNamed && isThere) return replies.forumTakesOneThread;
  if (isForum && !isNamed && !isThere) return replies.forumNeedsThread;
  return !isForum && isNamed ? replies.noForum : null;
};
