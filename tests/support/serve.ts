import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SimulatedHttp, SimulatedReply, SimulatedRequest } from '../../src/simulator/door.js';

/** A simulated service behind a real server on loopback. */
export interface Served {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Cuts every connection. */
  close(): Promise<void>;
}

const read = async (request: IncomingMessage): Promise<SimulatedRequest> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(headers) as Record<string, string>,
    ...(request.headers['content-type']?.startsWith('multipart/') === true
      ? { body: '', bytes: Buffer.concat(chunks) }
      : { body: Buffer.concat(chunks).toString('utf8') }),
  };
};

const write = (reply: SimulatedReply, response: ServerResponse): void => {
  if (reply.kind === 'reset') response.socket?.resetAndDestroy();
  if (reply.kind === 'reply') response.writeHead(reply.status, reply.headers).end(reply.body);
};

/** Mounts a simulated service on a free port of loopback. */
export const serve = (simulated: SimulatedHttp): Promise<Served> => {
  const server = createServer((request, response) => {
    void read(request).then((asked) => {
      const answering = simulated.handle(asked).subscribe((reply) => write(reply, response));
      response.on('close', () => answering.unsubscribe());
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
};
