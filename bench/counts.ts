import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Counted, startCountingServer } from "./counting-server.ts";
import { startNodeOver, startWorkerOver } from "./edge-stage.ts";
import { spreadOf } from "./spread.ts";
import { type Part, printPart, type Row } from "./table.ts";

/** Of each kind, one after another: what a job asks for meanwhile is in few of them. */
const CALLS = 400;
/** Unmeasured: the first of a day, of a code and of a customer have rows to make, and an isolate looks its key up. */
const WARM_UP = 50;
const CUSTOMERS = 40;

/** One of a kind of calls: its path and its body, another one each time. */
type Kind = (order: number) => { readonly path: string; readonly body?: object };

/**
 * What one call of each kind comes to at both doors, over a libSQL server that counts: its requests, the rows that they write,
 * what the database grows by, and the bytes on the wire.
 */
export async function measureCounts(): Promise<Part> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bench-"));
  const server = await startCountingServer(join(folder, "counts.db"));
  try {
    const node = await startNodeOver(folder, server.database);
    const dev = node.dev();
    const counting = { key: dev.demo.secretKey, counted: () => server.counted() };
    const onNode = await countDoor({ ...counting, door: "Node", url: node.url, stop: () => node.stop("SIGTERM") });
    const worker = await startWorkerOver(server.database, dev);
    const edge = { door: "workerd", url: worker.url.slice(0, -1), stop: () => worker.stop() };
    const rows = [...onNode, ...(await countDoor({ ...counting, ...edge }))];
    return { name: "counts", tables: [{ title: "What one call comes to", rows }], claims: rows.map(claimOf) };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface CountedCall extends Row {
  readonly door: string;
  readonly call: string;
  readonly "database requests": number;
}

interface Counting {
  readonly door: string;
  readonly url: string;
  readonly key: string;
  readonly counted: () => Promise<Counted>;
  readonly stop: () => Promise<unknown>;
}

/** Then stops it. */
async function countDoor(counting: Counting): Promise<CountedCall[]> {
  const line = openLine(counting);
  try {
    const { affiliates } = JSON.parse(await line.send({ path: "/api/v1/affiliates" }));
    const rows: CountedCall[] = [];
    for (const [call, kind] of Object.entries(kindsOf(counting.door, affiliates[0].id))) {
      rows.push({ door: counting.door, call, ...(await countKind(kind, { line, counted: counting.counted })) });
    }
    return rows;
  } finally {
    line.close();
    await counting.stop();
  }
}

function kindsOf(door: string, affiliateId: string): Readonly<Record<string, Kind>> {
  const user = (order: number) => `${door}-${order % CUSTOMERS}`;
  return {
    click: (order) => track("click", { ref: "demo42", visitor: `${door}-${order}` }),
    signup: (order) => track("signup", { ref: "demo42", user_id: `${door}-new-${order}` }),
    conversion: (order) =>
      track("conversion", { ref: "demo42", user_id: user(order), amount_cents: 1_000, event_id: `${door}-${order}` }),
    refund: (order) => track("refund", { user_id: user(order), amount_cents: 10, event_id: `${door}-${order}` }),
    balance: () => ({ path: `/api/v1/affiliates/${affiliateId}/balance` }),
  };
}

function track(path: string, body: object) {
  return { path: `/api/track/${path}`, body };
}

type Line = ReturnType<typeof openLine>;

async function countKind(kind: Kind, { line, counted }: { line: Line; counted: () => Promise<Counted> }) {
  for (let order = 0; order < WARM_UP; order++) await line.send(kind(order));
  const before = await counted();
  const each: { readonly database: Counted; readonly sent: number; readonly received: number }[] = [];
  for (let order = WARM_UP, last = before; order < WARM_UP + CALLS; order++) {
    const wire = line.bytes();
    await line.send(kind(order));
    const [database, now] = [await counted(), line.bytes()];
    each.push({
      database: difference(database, last),
      sent: now.sent - wire.sent,
      received: now.received - wire.received,
    });
    last = database;
  }
  const grown = difference(await counted(), before).storedBytes / CALLS;
  const usual = (of: (one: (typeof each)[number]) => number) => spreadOf(each.map(of)).median;
  return {
    "database requests": usual(({ database }) => database.requests),
    "bytes of them": usual(({ database }) => database.sentBytes),
    "rows written": usual(({ database }) => database.rows),
    "bytes stored": Math.round(grown),
    "request, bytes": usual(({ sent }) => sent),
    "answer, bytes": usual(({ received }) => received),
  };
}

function difference(after: Counted, before: Counted): Counted {
  return {
    requests: after.requests - before.requests,
    sentBytes: after.sentBytes - before.sentBytes,
    rows: after.rows - before.rows,
    storedBytes: after.storedBytes - before.storedBytes,
  };
}

/** One connection to a door, kept open, and the bytes that went over it with all headers. */
function openLine({ url, key }: Pick<Counting, "url" | "key">) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let socket: Socket | undefined;
  return {
    async send({ path, body }: ReturnType<Kind>): Promise<string> {
      const headers = { Authorization: `Bearer ${key}` };
      const sent = request(url + path, { method: body === undefined ? "GET" : "POST", agent, headers });
      sent.once("socket", (used) => (socket = used));
      sent.end(body === undefined ? undefined : JSON.stringify(body));
      const [answer]: IncomingMessage[] = await once(sent, "response");
      if (answer === undefined) throw new Error(`${path} was not answered`);
      const content = await text(answer);
      if ((answer.statusCode ?? 0) >= 300) throw new Error(`${path} answered ${answer.statusCode} ${content}`);
      return content;
    },
    bytes: () => ({ sent: socket?.bytesWritten ?? 0, received: socket?.bytesRead ?? 0 }),
    close: () => agent.destroy(),
  };
}

/** The writes of a call are one batch, so that it happens whole or not at all. A balance is looked for by its affiliate first. */
function claimOf({ door, call, "database requests": requests }: CountedCall) {
  const most = call === "balance" ? 4 : 1;
  const claim = `${door}, ${call}: at most ${most} request${most === 1 ? "" : "s"} of the database`;
  return { claim, holds: requests <= most };
}

if (import.meta.main) printPart(await measureCounts());
