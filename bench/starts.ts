import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { startLibsqlServer } from "../dev/libsql-server.ts";
import { bundleWorker, ingestModules, sizesOf } from "../test/house/bundle.ts";
import { startNodeDoor } from "../test/support/node-door.ts";
import { bundleForWorkerd, serveInWorkerd, type WorkerModules } from "../test/support/workerd-process.ts";
import { OPERATOR, signIn } from "./sign-in.ts";
import { excessSpread, spreadOf } from "./spread.ts";
import { type Part, printPart, type Row } from "./table.ts";

/** Starts of each program in turn: whatever the machine does meanwhile, it does to all of them. */
const ROUNDS = 15;
/** What a click may take above a worker that does nothing. */
const MAX_INGEST_MS = 60;
/** A request of `/proc/PID/stat` counts in these: USER_HZ, which Linux tells every program is 100. */
const TICK_MS = 10;

const LIMITS = ["CLICK_LIMIT", "TRACK_LIMIT", "KEY_LIMIT", "GUESS_LIMIT"];
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/** A program that is started anew for one answer. */
interface Start {
  readonly name: string;
  /** The start that does nothing on the same runtime. */
  readonly floor: string;
  readonly begin: () => Promise<Begun>;
  /** What answers with anything else is no answer. */
  readonly ask: (url: string) => Promise<Response>;
  readonly status: number;
}

interface Begun {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<unknown>;
}

/**
 * What an upload weighs, and the processor time of a process from its start to its first answer, beside programs that do nothing:
 * the same router with one route, on the same runtime.
 */
export async function measureStarts({ rounds = ROUNDS }: { readonly rounds?: number } = {}): Promise<Part> {
  const modules = bundleWorker();
  const empty = await bundleForWorkerd({ stdin: { contents: EMPTY_APP, resolveDir: "." } });
  const stage = await openStage();
  try {
    const starts = [...edgeStarts(stage, { modules, empty }), ...nodeStarts(stage)];
    const times = await timesOf(starts, rounds);
    return partOf({ modules, empty, starts, times, rounds });
  } finally {
    await stage.close();
  }
}

const EMPTY_APP = `import { Hono } from "hono";
const app = new Hono();
app.get("/", (c) => c.text("ok"));
export default app;`;

/** It says where it listens as `startNodeDoor` waits for it. */
const EMPTY_SERVER = `import { serve } from "@hono/node-server";
${EMPTY_APP.replace("export default app;", "")}
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
  console.log("AgentLinks is running on http://127.0.0.1:" + port));`;

/** A database with the demo's shop in it, which both doors can open. */
async function openStage() {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bench-"));
  const door = await startNodeDoor(folder);
  const { operatorKey, authSecret, demo } = door.dev();
  const cookie = await signIn(door.url, OPERATOR);
  await door.stop("SIGTERM");
  const token = "bench";
  const server = await startLibsqlServer({ file: join(folder, "data/agentlinks.db"), durable: false, token });
  const emptyServer = join(folder, "empty.mjs");
  const stdin = { contents: EMPTY_SERVER, resolveDir: "." };
  await build({ stdin, outfile: emptyServer, bundle: true, platform: "node", format: "esm", target: "node20" });
  return {
    folder,
    emptyServer,
    secretKey: demo.secretKey,
    // In production its name ties it to the host; it is the same session.
    cookie: cookie.replace("al_session", "__Host-al_session"),
    settings: {
      ENV: "production",
      PUBLIC_URL: "https://links.example.test",
      OPERATOR_KEY: operatorKey,
      OPERATOR_EMAILS: OPERATOR,
      AUTH_SECRET: authSecret,
      ENABLE_SETTINGS_AFFILIATES: "1",
    },
    database: { DATABASE_URL: server.url, DATABASE_AUTH_TOKEN: token },
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Stage = Awaited<ReturnType<typeof openStage>>;

function edgeStarts(stage: Stage, { modules, empty }: { modules: WorkerModules; empty: WorkerModules }): Start[] {
  const texts = { ...stage.settings, ...stage.database };
  const begin = () => serveInWorkerd(modules, { texts, limits: LIMITS });
  const floor = "Worker: empty Hono";
  return [
    { name: floor, floor, begin: () => serveInWorkerd(empty), ask: (url) => fetch(url), status: 200 },
    ...callsOf(stage).map(({ name, ask, status }) => ({ name: `Worker: ${name}`, floor, begin, ask, status })),
  ];
}

function nodeStarts(stage: Stage): Start[] {
  const settings = { ...stage.settings, DATABASE_URL: "file:data/agentlinks.db" };
  const floor = "Node: empty Hono";
  const start = async (env: Readonly<Record<string, string>>, program?: string): Promise<Begun> => {
    const door = await startNodeDoor(stage.folder, env, program);
    return { url: `${door.url}/`, pid: door.pid, stop: () => door.stop("SIGTERM") };
  };
  const begin = () => start(settings);
  return [
    { name: floor, floor, begin: () => start({}, stage.emptyServer), ask: (url) => fetch(url), status: 200 },
    ...callsOf(stage).map(({ name, ask, status }) => ({ name: `Node: ${name}`, floor, begin, ask, status })),
  ];
}

/** First requests of four kinds of callers. `url` ends with a slash. */
function callsOf({ secretKey, cookie }: Stage): readonly Pick<Start, "name" | "ask" | "status">[] {
  let visitor = 0;
  const click = () => ({
    method: "POST",
    headers: { "User-Agent": CHROME },
    body: JSON.stringify({ ref: "demo42", visitor: `v${(visitor += 1)}` }),
  });
  const conversion = () => ({
    method: "POST",
    headers: authorization,
    body: JSON.stringify({ ref: "demo42", user_id: "u1", amount_cents: 1_000, event_id: `e${(visitor += 1)}` }),
  });
  const authorization = { Authorization: `Bearer ${secretKey}` };
  const asOperator = { Accept: "text/html", Cookie: cookie };
  return [
    { name: "GET /agentlinks.js", ask: (url) => fetch(`${url}agentlinks.js`), status: 200 },
    { name: "POST /api/track/click", ask: (url) => fetch(`${url}api/track/click`, click()), status: 202 },
    {
      name: "POST /api/track/conversion",
      ask: (url) => fetch(`${url}api/track/conversion`, conversion()),
      status: 200,
    },
    { name: "GET /api/v1/books", ask: (url) => fetch(`${url}api/v1/books`, { headers: authorization }), status: 200 },
    {
      name: "the console's first page",
      ask: (url) => fetch(`${url}settings/affiliates`, { headers: asOperator, redirect: "manual" }),
      status: 200,
    },
  ];
}

/** Processor time of each start, of all threads, user and system. */
async function timesOf(starts: readonly Start[], rounds: number): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map(starts.map(({ name }): [string, number[]] => [name, []]));
  // Once unmeasured: what is read from disk first.
  for (let round = -1; round < rounds; round++) {
    for (const start of starts) {
      const cpuMs = await cpuMsUntilAnswered(start);
      if (round >= 0) times.get(start.name)?.push(cpuMs);
    }
  }
  return times;
}

async function cpuMsUntilAnswered({ name, begin, ask, status }: Start): Promise<number> {
  const begun = await begin();
  try {
    const answer = await ask(begun.url);
    const body = await answer.text();
    if (answer.status !== status) throw new Error(`${name} answered ${answer.status}: ${body}`);
    return cpuMsOf(begun.pid);
  } finally {
    await begun.stop();
  }
}

/** Of a process so far: utime and stime, the 14th and 15th field (proc_pid_stat(5)). */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is a name in brackets, which may hold blanks.
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(utime) + Number(stime)) * TICK_MS;
}

interface Measured {
  readonly modules: WorkerModules;
  readonly empty: WorkerModules;
  readonly starts: readonly Start[];
  readonly times: ReadonlyMap<string, readonly number[]>;
  readonly rounds: number;
}

function partOf({ modules, empty, starts, times, rounds }: Measured): Part {
  const rows = starts.map(({ name, floor }) => {
    const [own, nothing] = [times.get(name) ?? [], times.get(floor) ?? []];
    const above = name === floor ? null : excessSpread(own, nothing);
    return { start: name, "CPU ms": spreadOf(own), "above empty": above };
  });
  const ingest = rows.filter(({ start }) => /Worker: .*(?:agentlinks\.js|click)$/.test(start));
  return {
    name: "starts",
    tables: [
      { title: "The Worker's upload, in bytes", rows: sizeRows(modules, empty) },
      {
        title: `From the start of a process to its first answer, ${rounds} rounds: median (p10–p90)`,
        rows,
        notes: [`CPU is counted by the kernel in ${TICK_MS} ms`],
      },
    ],
    claims: ingest.map(({ start, "above empty": above }) => ({
      claim: `${start}: ${above?.median} ms of CPU above the empty Worker, at most ${MAX_INGEST_MS}`,
      holds: above !== null && above.median <= MAX_INGEST_MS,
    })),
  };
}

function sizeRows(modules: WorkerModules, empty: WorkerModules): readonly Row[] {
  const uploads: Readonly<Record<string, WorkerModules>> = {
    "all of it": modules,
    "what the first click needs": ingestModules(modules),
    "an empty Hono Worker": empty,
  };
  return Object.entries(uploads).map(([upload, of]) => ({ upload, modules: Object.keys(of).length, ...sizesOf(of) }));
}

if (import.meta.main) printPart(await measureStarts());
