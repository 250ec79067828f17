import type { MailServer } from '../ports/mail.js';
import { MailError } from '../ports/mail.js';

/** Our words for what the platform says: its own texts hold addresses. */
const CAUSES: Readonly<Record<string, readonly [code: string, detail: string]>> = {
  ECONNREFUSED: ['refused', 'connection refused'],
  EDNS: ['dns', 'name not found'],
  ENOTFOUND: ['dns', 'name not found'],
  EHOSTUNREACH: ['unreachable', 'host unreachable'],
  ENETUNREACH: ['unreachable', 'network unreachable'],
  ETIMEDOUT: ['timeout', 'timed out'],
  ECONNRESET: ['reset', 'connection reset'],
  EPIPE: ['reset', 'connection closed while sending'],
  ECONNECTION: ['reset', 'connection closed by the server'],
  EPROTOCOL: ['protocol', 'the answer is none of a mail server'],
  ENOAUTH: ['login', 'the server wants a login'],
};

/** The steps that a server may refuse, by the command that was answered. */
const stepOf = (command: string): string => {
  if (command.startsWith('AUTH')) return 'login';
  return command === 'CONN' || command === '' ? 'greeting' : 'message';
};

export interface SmtpError extends Error {
  readonly code?: string;
  readonly originalCode?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** A server may quote what it was told: the password goes, as it is and as logins spell it. */
export const redactOf =
  ({ login }: MailServer) =>
  (text: string): string => {
    if (login === null) return text;
    const password = login.password.reveal();
    const spellings = [password, `\u0000${login.user}\u0000${password}`].map((each) => Buffer.from(each).toString('base64'));
    return [password, ...spellings].reduce((clean, each) => clean.replaceAll(each, '[redacted]'), text);
  };

const isTls = ({ code = '', originalCode = '' }: SmtpError): boolean =>
  code === 'ETLS' || /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_)/.test(originalCode || code);

/** What an error of the library means for whoever sends; `isBodyBegun`: the server had agreed to take the text. */
export const toMailError = (error: SmtpError, isBodyBegun: boolean, redact: (text: string) => string): MailError => {
  const { code = '', originalCode = '', response, responseCode, command = '' } = error;
  const sent = isBodyBegun ? 'maybe' : 'no';
  if (isTls(error)) {
    const why = response === undefined ? originalCode || code : `the server answers ${responseCode ?? 'otherwise'}`;
    return new MailError(sent, 'tls', null, `TLS refused (${why})`);
  }
  // A reply of refusal settles it, whatever had been sent by then.
  if (responseCode !== undefined && response !== undefined)
    return new MailError('no', stepOf(command), responseCode, redact(response));
  const known = CAUSES[originalCode] ?? CAUSES[code];
  if (known !== undefined) return new MailError(sent, known[0], null, known[1]);
  return new MailError(sent, 'failed', null, code === '' ? 'mail failed' : `mail failed (${originalCode || code})`);
};
