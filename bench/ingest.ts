import { mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNodeDoor } from "../test/support/node-door.ts";
import { openEmbeddedDb } from "../worker/store/embedded-db.ts";

/** Requests of one round, and connections that send them. */
const REQUESTS = 4_000;
const CONNECTIONS = 16;
/** Rounds in turn, so that a machine that slows down slows all of them. The median of each is shown. */
const ROUNDS = 5;

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

type Send = (order: number) => Promise<void>;

await main();

/**
 * How many events one process takes per second, as ratios against two floors measured in the same run: the same HTTP
 * without any work, and the same HTTP with one row written and synced to disk for each request.
 */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bench-"));
  const door = await startNodeDoor(folder);
  const floors = await startFloors(join(folder, "floor.db"));
  const key = door.dev().demo.secretKey;
  const rounds: Record<string, Send> = {
    "HTTP that does nothing": () => post(`${floors.url}/nothing`, {}),
    "HTTP and one synced insert": () => post(`${floors.url}/insert`, {}),
    "click, server": (order) => post(`${door.url}/api/track/click`, { ref: "demo42", visitor: `v${order}` }),
    conversion: (order) =>
      post(
        `${door.url}/api/track/conversion`,
        { ref: "demo42", user_id: `u${order % 500}`, amount_cents: 1_000, event_id: `e${order}` },
        key,
      ),
  };
  const rates = new Map(Object.keys(rounds).map((name): [string, number[]] => [name, []]));
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, send] of Object.entries(rounds)) rates.get(name)?.push(await rate(send, round * REQUESTS));
    }
    print(rates);
  } finally {
    await Promise.all([door.stop("SIGTERM"), floors.close()]);
    rmSync(folder, { recursive: true, force: true });
    agent.destroy();
  }
}

/** Requests per second. */
async function rate(send: Send, first: number): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next < REQUESTS) await send(first + next++);
    }),
  );
  return (REQUESTS * 1_000) / (performance.now() - startedAt);
}

async function startFloors(file: string) {
  const db = openEmbeddedDb({ file });
  await db.batch([{ sql: "CREATE TABLE floor (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT", args: [] }]);
  const server = createServer((incoming, outgoing) => {
    const answer = async () => {
      if (incoming.url === "/insert") await db.batch([{ sql: "INSERT INTO floor (at) VALUES (1)", args: [] }]);
      outgoing.end("{}");
    };
    incoming.resume().on("end", () => void answer());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await db.close();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

function post(url: string, body: object, key?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = key === undefined ? {} : { Authorization: `Bearer ${key}` };
    const sent = request(url, { method: "POST", agent, headers }, (answer) => {
      const isFine = answer.statusCode !== undefined && answer.statusCode < 300;
      answer.resume().on("end", () => (isFine ? resolve() : reject(new Error(`${url} answered ${answer.statusCode}`))));
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

function print(rates: ReadonlyMap<string, readonly number[]>): void {
  const medians = [...rates].map(([name, values]): [string, number] => [
    name,
    values.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0,
  ]);
  const [nothing = 0, insert = 0] = medians.map(([, median]) => median);
  console.log(
    `${ROUNDS} rounds of ${REQUESTS} requests over ${CONNECTIONS} connections; median per second, and as a part of each floor`,
  );
  for (const [name, median] of medians) {
    console.log(
      `${name.padEnd(28)}${Math.round(median).toString().padStart(8)}${ratio(median / nothing)}${ratio(median / insert)}`,
    );
  }
}

function ratio(value: number): string {
  return `${(value * 100).toFixed(0)} %`.padStart(8);
}
