import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { createServer as createNetServer } from 'node:net';

/*
 * Servers that give back everything they were told: an error text that quotes its answer quotes the secret with it.
 */

/** How the mirror answers: by a status with what it was told as text, JSON or HTML, by a redirect to itself, or by hanging up. */
export type MirrorMode = 'ok' | '400' | '401' | '404' | '429' | '500' | 'redirect' | 'reset';

const told = (request: IncomingMessage, body: string): string =>
  [
    `${request.method} http://${request.headers.host}${request.url}`,
    ...Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`),
    body,
  ].join('\n');

const reflect = (mode: MirrorMode, request: IncomingMessage, response: ServerResponse, body: string): void => {
  const text = told(request, body);
  if (mode === 'reset') {
    request.socket.destroy();
    return;
  }
  if (mode === 'redirect') {
    response.writeHead(302, {
      location: `http://127.0.0.1:1${request.url ?? ''}`,
      'x-told': encodeURIComponent(request.url ?? ''),
    });
    response.end(text);
    return;
  }
  const status = mode === 'ok' ? 200 : Number(mode);
  const isHtml = status === 429 || status === 404;
  response.writeHead(status, {
    'content-type': isHtml ? 'text/html' : 'application/json',
    'retry-after': '1',
    'x-told': encodeURIComponent(request.url ?? ''),
  });
  response.end(
    isHtml ? `<html><title>${text}</title></html>` : JSON.stringify({ message: text, code: 1, description: text, errors: text }),
  );
};

/** Greets like a mail server, and turns every login away with what it was given, decoded too. */
const mail = (socket: Socket): void => {
  socket.on('error', () => socket.destroy());
  socket.write('220 mirror ready\r\n');
  socket.on('data', (data) => {
    for (const line of data
      .toString('utf8')
      .split('\r\n')
      .filter((each) => each !== '')) {
      const last = line.split(' ').at(-1) ?? '';
      if (/^EHLO/i.test(line)) socket.write('250-mirror\r\n250 AUTH PLAIN LOGIN\r\n');
      else if (/^AUTH LOGIN$/i.test(line)) socket.write('334 VXNlcm5hbWU6\r\n');
      else
        socket.write(
          `535 5.7.8 ${line} ${Buffer.from(last, 'base64')
            .toString('latin1')
            .replace(/[^ -~]/g, ' ')}\r\n`,
        );
    }
  });
};

/** Answers like a Redis that knows no such password, and says which. */
const redis = (socket: Socket): void => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    const words = data
      .toString('utf8')
      .split('\r\n')
      .filter((each) => !/^[*$]\d/.test(each) && each !== '');
    socket.write(
      `-WRONGPASS invalid: ${words.join(' ')}\r\n`.repeat(Math.max(1, (data.toString('utf8').match(/\*/g) ?? []).length)),
    );
  });
};

/** Answers like a PostgreSQL whose pg_hba.conf turns everybody away, quoting the whole message. */
const postgres = (socket: Socket): void => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    if (data.readInt32BE(4) === 80_877_103) {
      socket.write('N');
      return;
    }
    // A password is asked for in clear, and then quoted.
    if (data[0] !== 0x70) {
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
      return;
    }
    const fields = Buffer.from(
      `SFATAL\0C28P01\0Mno such password: ${data.subarray(5).toString('latin1').replace(/\0/g, '')}\0\0`,
    );
    const head = Buffer.alloc(5);
    head[0] = 0x45;
    head.writeInt32BE(fields.length + 4, 1);
    socket.end(Buffer.concat([head, fields]));
  });
};

export interface Mirrors {
  readonly http: number;
  readonly mail: number;
  readonly redis: number;
  readonly postgres: number;
  /** Requests over HTTP so far, and logins at the others. */
  asked(): number;
  close(): void;
}

const listen = (server: Server | NetServer): Promise<number> =>
  new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)));

export const serveMirrors = async (mode: MirrorMode): Promise<Mirrors> => {
  let asked = 0;
  const open = new Set<Socket>();
  const http = createServer((request, response) => {
    asked++;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => reflect(mode, request, response, Buffer.concat(chunks).toString('utf8')));
  });
  const servers: readonly (Server | NetServer)[] = [
    http,
    ...[mail, redis, postgres].map((serve) =>
      createNetServer((socket) => {
        asked++;
        serve(socket);
      }),
    ),
  ];
  for (const server of servers)
    server.on('connection', (socket: Socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
  const [httpPort = 0, mailPort = 0, redisPort = 0, postgresPort = 0] = await Promise.all(servers.map(listen));
  return {
    http: httpPort,
    mail: mailPort,
    redis: redisPort,
    postgres: postgresPort,
    asked: () => asked,
    close: () => {
      for (const server of servers) server.close();
      for (const socket of open) socket.destroy();
    },
  };
};
