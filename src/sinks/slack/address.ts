import { Secret } from '../../model/secret.js';

/** An incoming webhook of Slack. The address is the whole secret: who holds it can post. */
export interface SlackAddress {
  readonly post: Secret;
  /** Takes everything secret out of a text from outside. */
  readonly redact: (text: string) => string;
}

export const ADDRESS_SHAPE = 'an incoming webhook as Slack shows it, such as https://hooks.slack.com/services/T…/B…/…';

const HOSTS: ReadonlySet<string> = new Set(['hooks.slack.com', 'hooks.slack-gov.com']);
/** A simulated Slack: only this machine, so a mistyped host can never be given the address in clear text. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]']);
/** Team, app and key. */
const PATH = /^\/services((?:\/\w{4,80}){3})\/?$/;

const isSlack = ({ protocol, hostname, port, username, password }: URL): boolean =>
  username === '' &&
  password === '' &&
  ((protocol === 'https:' && HOSTS.has(hostname) && port === '') || (protocol === 'http:' && LOOPBACK.has(hostname)));

/** Normalises an address; `null` when it is none. Nothing of the text is ever repeated. */
export const parseAddress = (text: string): SlackAddress | null => {
  if (!URL.canParse(text.trim())) return null;
  const url = new URL(text.trim());
  const [, path] = PATH.exec(url.pathname) ?? [];
  if (!isSlack(url) || path === undefined || url.search !== '') return null;
  const parts = path.split('/').filter((part) => part !== '');
  return {
    post: new Secret(`${url.origin}${url.pathname}`),
    redact: (said) => parts.reduce((clean, part) => clean.replaceAll(part, '[redacted]'), said),
  };
};
