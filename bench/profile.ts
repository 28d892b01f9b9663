import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNodeDoor } from "../test/support/node-door.ts";
import { type Call, CALLS } from "./calls.ts";
import { rateOf } from "./load.ts";
import { type Part, printPart, type Row } from "./table.ts";

const CONNECTIONS = 16;
const SECONDS = 6;
/** Microseconds between two looks at what runs. */
const INTERVAL = 250;

/** Where a function's own time belongs, by its name and file. The first that matches. */
const CLASSES: readonly (readonly [string, RegExp])[] = [
  ["idle", /^\(idle\)/],
  ["SQLite: commit and its sync", /^exec .*libsql/],
  ["SQLite: statements", /^(?:run|all|iterate|next|get|rowOf\d*|toRow\d*) .*(?:libsql|dist\/node\.js)/],
  ["hashing", /^(?:Hmac|Hash|update|digest|createHmac|createHash) node:/],
  ["garbage collector", /^\(garbage collector\)/],
  [
    "Node: HTTP and sockets",
    /node:|^(?:writev?|writeUtf8String|writeLatin1String|writeBuffer|readStop|shutdown) $|^\(program\)/,
  ],
  ["ours, with Hono and its server", /dist\/node\.js/],
];

/** Where the time of a click and of a conversion goes on Node: what each function took itself, in groups. */
export async function measureProfile(): Promise<Part> {
  const groups = new Map<string, Record<string, number>>();
  for (const name of ["click", "conversion"] as const) {
    const { profile, requests } = await profileOf(CALLS[name]);
    for (const [group, micros] of timesOf(profile)) {
      groups.set(group, { ...groups.get(group), [name]: micros / requests });
    }
  }
  const rows: readonly Row[] = [...groups]
    .filter(([group]) => group !== "idle")
    .map(([group, micros]) => ({
      what: group,
      "click, µs": micros["click"] ?? 0,
      "conversion, µs": micros["conversion"] ?? 0,
    }))
    .toSorted((a, b) => b["conversion, µs"] - a["conversion, µs"]);
  const title = `Node, ${CONNECTIONS} connections: where a call's time goes, by a sample each ${INTERVAL} µs`;
  return { name: "profile", tables: [{ title, rows }], claims: [] };
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

async function profileOf(call: Call): Promise<{ profile: Profile; requests: number }> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bench-"));
  const flags = `--cpu-prof --cpu-prof-dir=${folder} --cpu-prof-interval=${INTERVAL}`;
  const door = await startNodeDoor(folder, { NODE_OPTIONS: flags });
  try {
    const key = door.dev().demo.secretKey;
    const rate = await rateOf({ ...call(door.url, key), connections: CONNECTIONS, seconds: SECONDS });
    await door.stop("SIGTERM");
    const file = readdirSync(folder).find((name) => name.endsWith(".cpuprofile")) ?? "";
    return { profile: JSON.parse(readFileSync(join(folder, file), "utf8")), requests: rate * SECONDS };
  } finally {
    await door.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of the last seconds alone: before them the program was read and started. */
function timesOf({ nodes, samples, timeDeltas }: Profile): ReadonlyMap<string, number> {
  const groupOf = new Map(
    nodes.map(({ id, callFrame }) => [id, classOf(`${callFrame.functionName} ${callFrame.url}`)]),
  );
  const times = new Map<string, number>();
  let left = SECONDS * 1e6;
  for (let at = samples.length - 1; at >= 0 && left > 0; at--) {
    const [micros, group] = [timeDeltas[at] ?? 0, groupOf.get(samples[at] ?? 0) ?? "other"];
    times.set(group, (times.get(group) ?? 0) + micros);
    left -= micros;
  }
  return times;
}

function classOf(frame: string): string {
  return CLASSES.find(([, pattern]) => pattern.test(frame))?.[0] ?? "other";
}

if (import.meta.main) printPart(await measureProfile());
