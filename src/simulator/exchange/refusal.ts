/** What a route answers, before headers. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

const errorBody = (code: number, message: string): string => JSON.stringify({ code, msg: message });

export const refuse = (status: number, code: number, message: string): Answer => ({ status, body: errorBody(code, message) });

export const badRequest = (code: number, message: string): Answer => refuse(400, code, message);

export const missing = (parameter: string): Answer =>
  badRequest(-1102, `Mandatory parameter '${parameter}' was not sent, was empty/null, or malformed.`);

export const illegalCharacters = (parameter: string, legal: string): Answer =>
  badRequest(-1100, `Illegal characters found in parameter '${parameter}'; legal range is '${legal}'.`);

/** The page of the content network that stands before the exchange: HTML, whatever was asked for (recorded in data/rest/errors.json). */
const BLOCKED_PAGE = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">
<HTML><HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">
<TITLE>ERROR: The request could not be satisfied</TITLE>
</HEAD><BODY>
<H1>403 ERROR</H1>
<H2>The request could not be satisfied.</H2>
<HR noshade size="1px">
Request blocked.
</BODY></HTML>
`;
const PROXY_PAGE = (status: string): string =>
  `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
const STATUS_WORDS: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  404: 'Not Found',
  414: 'Request-URI Too Large',
  500: 'Internal Server Error',
  504: 'Gateway Time-out',
};
const RESTRICTED =
  "Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms. Please contact customer service if you believe you received this message in error.";

/** The body and type that come with a status when the exchange, or what stands before it, turns everyone away. */
export const turnedAway = (status: number): { readonly body: string; readonly contentType: string } => {
  if (status === 403) return { body: BLOCKED_PAGE, contentType: 'text/html' };
  if (status === 451) return { body: errorBody(0, RESTRICTED), contentType: 'application/json' };
  if (status === 429 || status === 418) return { body: errorBody(-1003, 'Too many requests.'), contentType: 'application/json' };
  if (status === 503)
    return { body: errorBody(-1008, 'Server is currently overloaded with other requests. Please try again in a few minutes.'), contentType: 'application/json' }; // prettier-ignore
  return { body: PROXY_PAGE(`${status} ${STATUS_WORDS[status] ?? 'Bad Gateway'}`), contentType: 'text/html' };
};
