import type { MailError } from '../../ports/mail.js';
import { DeliveryError } from '../../ports/sink.js';
import { cutTo, plain } from '../words/plain.js';

const SAID_CODE_POINTS_MAX = 200;

/** A server that was met at a bad moment: the session was out of step, not the message wrong. */
const OUT_OF_STEP = 503;

/** What a failed mail means for what it told. A server's `4…` asks to come again, and its `5…` refuses for good (RFC 5321 §4.2.1). */
export const failureOf = ({ sent, code, status, detail }: MailError): DeliveryError => {
  const said = cutTo(plain(detail), SAID_CODE_POINTS_MAX);
  if (status === null)
    return sent === 'no'
      ? new DeliveryError('refused', `the mail was not sent: ${code}, ${said}`)
      : new DeliveryError('unknown', `no answer from the mail server: ${code}, ${said}`, { strong: true });
  const told = `the mail server answers: ${said}`;
  // A greeting of refusal speaks of this hour and this machine, not of the mail.
  if (status < 500 || status === OUT_OF_STEP || code === 'greeting') return new DeliveryError('refused', told);
  return new DeliveryError(code === 'login' ? 'disabled' : 'dead', told);
};
