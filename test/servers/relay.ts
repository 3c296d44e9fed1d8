import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands in front of a server, so that something may happen to it at a known moment, and another may take its place. */
export interface Relay {
  readonly url: string;
  /** What it passes requests on to from now on. */
  to(url: string): void;
  /** Calls `happens` before it passes on the so-manieth request for a completion. */
  beforeCompletion(count: number, happens: () => void): void;
  close(): void;
}

export async function relayTo(first: string): Promise<Relay> {
  let target = first;
  let completions = 0;
  let due: { readonly count: number; readonly happens: () => void } | null = null;
  const pass = (asked: IncomingMessage, answer: ServerResponse): void => {
    if (asked.url === "/completion") completions++;
    if (due !== null && completions === due.count) {
      due.happens();
      due = null;
    }
    const { method, headers } = asked;
    const onward = request(new URL(asked.url ?? "/", target), { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
      got.on("error", () => answer.destroy());
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  };
  const server = createServer(pass).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    to(url) {
      target = url;
    },
    beforeCompletion(count, happens) {
      due = { count, happens };
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
