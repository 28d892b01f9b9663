import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { startLibsqlServer } from "../dev/libsql-server.ts";
import { startNodeDoor } from "../test/support/node-door.ts";
import { rateOf } from "./load.ts";
import { CREATOR, OPERATOR, signIn } from "./sign-in.ts";
import { ratioSpread, spreadOf } from "./spread.ts";
import { type Part, printPart } from "./table.ts";

const ROUNDS = 5;
const SECONDS = 1;
const CONNECTIONS = 16;
/** What the shop has sold: more than one page of a list. */
const PAYMENTS = 200;
/** A job may ask the database meanwhile: the fewest requests of several pages are the page's own. */
const COUNTS = 5;

interface Page {
  readonly name: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Pages per second of one process, beside a bare handler on the same router and server that sends the same bytes, compressed by
 * the same rule; and how often a page asks the database.
 */
export async function measurePages({ rounds = ROUNDS }: { readonly rounds?: number } = {}): Promise<Part> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bench-"));
  const door = await startNodeDoor(folder);
  try {
    const { appId, secretKey } = door.dev().demo;
    await sell(door.url, secretKey);
    const pages = await pagesOf(door.url, appId);
    const bodies = await Promise.all(pages.map((page) => bodyOf(door.url, page)));
    const rates = await ratesOf({ url: door.url, pages, bodies, rounds, folder });
    await door.stop("SIGTERM");
    const requests = await requestsOf(folder, pages);
    const rows = pages.map(({ name }, at) => {
      const { own = [], floor = [] } = rates[at] ?? {};
      const bytes = Buffer.from(bodies[at] ?? "");
      return {
        page: name,
        "per second": spreadOf(own),
        "floor per second": spreadOf(floor),
        "part of the floor": ratioSpread(own, floor),
        "database requests": requests[at] ?? null,
        bytes: bytes.length,
        gzip: gzipSync(bytes).length,
      };
    });
    const title = `Pages of one process over ${CONNECTIONS} connections, ${rounds} rounds of ${SECONDS} s: median (p10–p90)`;
    return { name: "pages", tables: [{ title, rows }], claims: [] };
  } finally {
    await door.stop("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Payments of as many customers, a few of them refunded. */
async function sell(url: string, secretKey: string): Promise<void> {
  const post = async (path: string, body: object) => {
    const headers = { Authorization: `Bearer ${secretKey}` };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  };
  for (let order = 0; order < PAYMENTS; order++) {
    const payment = { ref: "demo42", user_id: `u${order}`, amount_cents: 1_000 + order, event_id: `e${order}` };
    await post("/api/track/conversion", payment);
    if (order % 20 === 0)
      await post("/api/track/refund", { user_id: `u${order}`, amount_cents: 500, event_id: `r${order}` });
  }
}

async function pagesOf(url: string, appId: string): Promise<readonly Page[]> {
  const as = async (email: string) => ({
    Accept: "text/html",
    "Accept-Encoding": "gzip",
    Cookie: await signIn(url, email),
  });
  const [operator, creator] = [await as(OPERATOR), await as(CREATOR)];
  return [
    { name: "owner: overview", path: `/apps/${appId}`, headers: operator },
    { name: "owner: conversions", path: `/apps/${appId}/conversions`, headers: operator },
    { name: "creator: overview", path: `/referrals/${appId}`, headers: creator },
    { name: "operator: console", path: "/settings/affiliates", headers: operator },
  ];
}

/** The page's HTML. What is no page throws. */
async function bodyOf(url: string, { name, path, headers }: Page): Promise<string> {
  const answer = await fetch(url + path, { headers, redirect: "manual" });
  const body = await answer.text();
  if (answer.status !== 200) throw new Error(`${name} answered ${answer.status}: ${body.slice(0, 300)}`);
  return body;
}

interface Rates {
  readonly own: number[];
  readonly floor: number[];
}

/** Of each page and its floor, in turn. */
async function ratesOf(order: {
  readonly url: string;
  readonly pages: readonly Page[];
  readonly bodies: readonly string[];
  readonly rounds: number;
  readonly folder: string;
}): Promise<readonly Rates[]> {
  const finished = join(order.folder, "finished");
  mkdirSync(finished);
  order.bodies.forEach((body, at) => writeFileSync(join(finished, String(at)), body));
  const floor = await startNodeDoor(order.folder, { PAGES: finished }, "bench/page-floor.ts");
  const rates = order.pages.map((): Rates => ({ own: [], floor: [] }));
  try {
    for (let round = -1; round < order.rounds; round++) {
      for (const [at, { path, headers }] of order.pages.entries()) {
        const load = { connections: CONNECTIONS, seconds: SECONDS, headers };
        const own = await rateOf({ ...load, url: order.url + path });
        const bare = await rateOf({ ...load, url: `${floor.url}/${at}` });
        // Once unmeasured: what is compiled first.
        if (round < 0) continue;
        rates[at]?.own.push(own);
        rates[at]?.floor.push(bare);
      }
    }
  } finally {
    await floor.stop("SIGTERM");
  }
  return rates;
}

/** How often each page asks the database, counted where it is asked: on a server between. */
async function requestsOf(folder: string, pages: readonly Page[]): Promise<readonly number[]> {
  const token = "bench";
  const server = await startLibsqlServer({ file: join(folder, "data/agentlinks.db"), durable: false, token });
  const door = await startNodeDoor(folder, { DATABASE_URL: server.url, DATABASE_AUTH_TOKEN: token });
  try {
    const counts: number[] = [];
    for (const page of pages) {
      let fewest = Infinity;
      for (let count = 0; count < COUNTS; count++) {
        const before = server.requests();
        await bodyOf(door.url, page);
        fewest = Math.min(fewest, server.requests() - before);
      }
      counts.push(fewest);
    }
    return counts;
  } finally {
    await door.stop("SIGTERM");
    await server.close();
  }
}

if (import.meta.main) printPart(await measurePages());
