import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a dialect answers: a status and JSON. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  // biome-ignore lint/suspicious/noExplicitAny: bodies are checked by the dialects, key by key.
  readonly body: any;
}

/** One kind of server: strict, it refuses every question that the real one would not understand, and every key that it would pass over. */
export type Dialect = (asked: Asked) => Promise<Reply | null>;

/** Instead of the dialect's answer: writes one of its own, and says so. */
export type Misbehaviour = (asked: Asked, response: ServerResponse, reply: Reply | null) => boolean | Promise<boolean>;

export interface FakeServer {
  readonly url: string;
  /** Questions so far. */
  readonly asked: readonly Asked[];
  misbehave(how: Misbehaviour | null): void;
  close(): Promise<void>;
}

/** A server on this machine's loopback. @param port 0: any. */
export async function fakeServer(dialect: Dialect, port = 0): Promise<FakeServer> {
  const asked: Asked[] = [];
  let misbehaviour: Misbehaviour | null = null;
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString("utf8");
      const one: Asked = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: text === "" ? null : JSON.parse(text),
      };
      asked.push(one);
      const reply = await dialect(one).catch((error: unknown) => ({ status: 500, body: { error: { message: String(error) } } }));
      if (misbehaviour !== null && (await misbehaviour(one, response, reply))) return;
      send(response, reply ?? { status: 404, body: { error: { message: `no ${one.path}` } } });
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    misbehave: (how) => {
      misbehaviour = how;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
