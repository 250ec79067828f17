/** Shorter values are left alone: blanking every `5` or `on` would destroy the text and hide nothing. */
const SECRET_CHARACTERS_MIN = 4;

const REDACTED = '[redacted]';

/** Discord's webhook address is a password: the token is whatever follows the number, plain or percent-encoded. */
const WEBHOOK_TOKEN = /(webhooks(?:\/|%2F)\d+(?:\/|%2F))[^\s"'\\/?#&%<>)]+/gi;

export type Redact = (text: string) => string;

/** A piece of a secret this long is one by itself: a token, a key. Shorter ones may be words. */
const PIECE_CHARACTERS_MIN = 16;

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/**
 * What of a secret is one by itself, should somebody's error text quote only that: of an address the password, long parts of the
 * path and values of the query, never the host, which people need to see; of anything else its long parts (`id:key`, `prefix_key`).
 */
const piecesOf = (value: string): readonly string[] => {
  const url = URL.canParse(value) && value.includes('://') ? new URL(value) : null;
  const pieces =
    url === null ? value.split(/[:_]/) : [...url.pathname.split('/'), ...url.searchParams.values(), url.hash.slice(1)];
  const long = pieces.filter((piece) => piece.length >= PIECE_CHARACTERS_MIN);
  return [...(url === null ? [] : [url.password]), ...long].filter((piece) => piece.length >= SECRET_CHARACTERS_MIN);
};

/** So much of the beginning of a piece gives it away although its end was cut off. */
const HEAD_CHARACTERS = 12;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Pieces whose end somebody has cut off, as a detail of an error is cut to a length: what begins like one is taken for it. */
const beheadedOf = (values: readonly string[]): RegExp | null => {
  const heads = values
    .flatMap((value) => [...piecesOf(value), ...(value.includes('://') ? [] : [value])])
    .filter((piece) => piece.length >= PIECE_CHARACTERS_MIN)
    .map((piece) => escaped(piece.slice(0, HEAD_CHARACTERS)));
  return heads.length === 0 ? null : new RegExp(`(?:${[...new Set(heads)].join('|')})[\\w.~%+=-]*`, 'g');
};

/** The spellings under which one value can appear in text: as it is, inside a JSON string, and inside a URL. */
const spellingsOf = (value: string): readonly string[] => {
  const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
  const texts = [value, ...piecesOf(value).flatMap((piece) => [piece, decoded(piece)])];
  return [...new Set(texts.flatMap((text) => [text, inJson(text), encodeURIComponent(text), encodeURI(text)]))];
};

/**
 * Makes the one function that every outgoing text passes: log lines and the health page alike. It blanks by value, so it
 * does not matter how deep in an object, a message or a stack a secret hides, or whether only a piece of it does, and by pattern, for a webhook address that
 * nobody declared (OWASP's advice for logs: exclude by value and by pattern). `secrets` is asked anew each time, because a
 * reload may bring new ones.
 */
export const createRedact =
  (secrets: () => readonly string[]): Redact =>
  (text) => {
    const values = secrets();
    const spellings = values
      .filter((value) => value.length >= SECRET_CHARACTERS_MIN)
      .flatMap(spellingsOf)
      .filter((spelling) => spelling.length >= SECRET_CHARACTERS_MIN)
      // The longest first, or a secret that begins with another one would leave its tail behind.
      .sort((a, b) => b.length - a.length);
    let clean = text;
    for (const spelling of spellings) if (clean.includes(spelling)) clean = clean.replaceAll(spelling, () => REDACTED);
    const beheaded = beheadedOf(values);
    if (beheaded !== null) clean = clean.replace(beheaded, () => REDACTED);
    return clean.replace(WEBHOOK_TOKEN, `$1${REDACTED}`);
  };
