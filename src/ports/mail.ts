import type { Observable } from 'rxjs';
import type { Secret } from '../model/secret.js';

export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte; `starttls` before anything else is said, or not at all; `none` in the clear. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly login: { readonly user: string; readonly password: Secret } | null;
}

export interface MailMessage {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** With its angle brackets. */
  readonly messageId: string;
  /** The message it answers, so that both are shown together; `null`: it stands for itself. */
  readonly inReplyTo: string | null;
  /** When it was written, ms UTC. */
  readonly atMs: number;
}

/** The server has taken the message for these recipients; `refused` is how many it has not, and `reply` what it said of them. */
export interface MailReceipt {
  readonly accepted: number;
  readonly refused: number;
  readonly reply: string | null;
}

/**
 * The message was not taken, or nobody knows. `sent: 'no'`: the server cannot have it, because its text was not sent or was refused.
 * Holds no password.
 */
export class MailError extends Error {
  override readonly name = 'MailError';
  constructor(
    readonly sent: 'no' | 'maybe',
    /** `refused`, `dns`, `tls`, `reset`, `deadline`, …, or the step that the server refused: `greeting`, `login`, `message`. */
    readonly code: string,
    /** The code of the server's reply; `null` when there was none. */
    readonly status: number | null,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** Mail over SMTP. Cold: each subscription sends once; unsubscribing breaks off. Errors are `MailError`s. */
export interface Mail {
  /** The deadline counts from the first moment to the server's last reply, in wire time. */
  send(server: MailServer, message: MailMessage, deadlineMs: number): Observable<MailReceipt>;
  /** Greets the server, logs in and leaves. */
  greet(server: MailServer, deadlineMs: number): Observable<never>;
}
