import type { Observable } from 'rxjs';
import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { HttpError } from '../../src/ports/http.js';
import type { MailMessage, MailServer } from '../../src/ports/mail.js';
import { MailError } from '../../src/ports/mail.js';
import { whileHeld } from '../../src/runtime/held.js';
import { recordedContext } from '../support/context.js';

/** A world that counts what leaves, and a lease of so many milliseconds. */
const world = (heldMs: number) => {
  const left: string[] = [];
  const { context } = recordedContext({
    http: {
      request: ({ url }) => {
        left.push(url);
        return of({ status: 200, headers: {}, body: '' });
      },
    },
    mail: {
      send: (_server, { subject }) => {
        left.push(subject);
        return of({ accepted: 1, refused: 0, reply: null });
      },
      greet: () => throwError(() => new Error('greets')),
    },
  });
  let ms = heldMs;
  const { http, mail } = whileHeld(context, () => ms);
  const request$ = http.request({ method: 'POST', url: 'a', deadlineMs: 1_000, bodyBytesMax: 1 });
  const mail$ = mail!.send({} as MailServer, { subject: 'b' } as MailMessage, 1_000);
  const ask = async (step$: Observable<unknown>): Promise<unknown> => {
    let found: unknown = null;
    await step$.forEach((answer) => void (found = answer)).catch((error: unknown) => (found = error));
    return found;
  };
  return { left, mail: mail!, request: () => ask(request$), send: () => ask(mail$), hold: (next: number) => (ms = next) };
};

describe('whileHeld', () => {
  it('lets a request leave while the lease lasts longer than it may take', async () => {
    const { request, send, left } = world(1_001);
    expect(await request()).toMatchObject({ status: 200 });
    expect(await send()).toMatchObject({ accepted: 1 });
    expect(left).toStrictEqual(['a', 'b']);
  });

  it('looks at the very moment of each subscription, and says that nothing was sent', async () => {
    const { request, send, left, hold } = world(30_000);
    hold(1_000);
    const [refused, unsent] = [await request(), await send()];
    expect(refused).toBeInstanceOf(HttpError);
    expect(refused).toMatchObject({ sent: 'no', code: 'lease' });
    expect(unsent).toBeInstanceOf(MailError);
    expect(unsent).toMatchObject({ sent: 'no', code: 'lease' });
    expect(left).toStrictEqual([]);
    hold(30_000);
    await request();
    expect(left).toStrictEqual(['a']);
  });

  it('lets greetings pass: they tell nobody anything', async () => {
    await expect(
      world(0)
        .mail.greet({} as MailServer, 1_000)
        .forEach(() => undefined),
    ).rejects.toThrow('greets');
  });
});
