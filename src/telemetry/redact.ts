/** Shorter values are left alone: blanking every `5` or `on` would destroy the text and hide nothing. */
const SECRET_CHARACTERS_MIN = 4;

const REDACTED = '[redacted]';

/** Discord's webhook address is a password: the token is whatever follows the number, plain or percent-encoded. */
const WEBHOOK_TOKEN = /(webhooks(?:\/|%2F)\d+(?:\/|%2F))[^\s"'\\/?#&%<>)]+/gi;

export type Redact = (text: string) => string;

/** The spellings under which one value can appear in text: as it is, inside a JSON string, and inside a URL. */
const spellingsOf = (value: string): string[] => {
  const inJson = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, inJson, encodeURIComponent(value), encodeURI(value)])];
};

/**
 * Makes the one function that every outgoing text passes: log lines and the health page alike. It blanks by value, so it
 * does not matter how deep in an object, a message or a stack a secret hides, and by pattern, for a webhook address that
 * nobody declared (OWASP's advice for logs: exclude by value and by pattern). `secrets` is asked anew each time, because a
 * reload may bring new ones.
 */
export const createRedact =
  (secrets: () => readonly string[]): Redact =>
  (text) => {
    const spellings = secrets()
      .filter((value) => value.length >= SECRET_CHARACTERS_MIN)
      .flatMap(spellingsOf)
      // The longest first, or a secret that begins with another one would leave its tail behind.
      .sort((a, b) => b.length - a.length);
    let clean = text;
    for (const spelling of spellings) if (clean.includes(spelling)) clean = clean.replaceAll(spelling, () => REDACTED);
    return clean.replace(WEBHOOK_TOKEN, `$1${REDACTED}`);
  };
