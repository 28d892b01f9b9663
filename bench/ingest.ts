import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonOf, type NodeDoor, startNodeDoor } from "../test/support/node-door.ts";
import { CALLS } from "./calls.ts";
import { type Load, rateOf } from "./load.ts";
import { ratioSpread, spreadOf } from "./spread.ts";
import { type Claim, type Part, printPart, type Row } from "./table.ts";

const CONNECTIONS = [16, 64];
/** In turn, so that a machine that slows down slows all of them; the first is not counted. */
const ROUNDS = 6;
const SECONDS = 2;

/** What is measured, and the floor it stands on: by name, each with the least that it is to reach of it. */
const FLOOR_OF: Readonly<Record<string, { readonly floor: string; readonly target: number | null }>> = {
  click: { floor: "one insert", target: 0.8 },
  signup: { floor: "a signup's rows", target: null },
  conversion: { floor: "a conversion's rows", target: 0.6 },
  balance: { floor: "one row read", target: null },
};

type Rates = ReadonlyMap<string, readonly number[]>;

/** By what was measured: requests a second, and how much of its one core the generator was busy. */
interface Measured {
  readonly rates: Rates;
  readonly busy: Rates;
}

/**
 * How many calls a second one process on Node takes, with the database in a file, as a part of what the same runtime does
 * without the product: HTTP alone, one row, the same rows with nothing decided. Writes of floors share commits as ours do.
 */
export async function measureIngest(): Promise<Part> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bench-"));
  const stage = await openStage(folder);
  try {
    const tables = [];
    const claims: Claim[] = [];
    for (const connections of CONNECTIONS) {
      const measured = await measure(stage.calls, connections);
      tables.push({ title: `Node, ${connections} connections: requests a second`, rows: rowsOf(measured) });
      claims.push(...claimsOf(measured.rates, connections));
    }
    return { name: "ingest", tables, claims };
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openStage(folder: string) {
  const floors = await startFloors(join(folder, "floors"));
  const door = await startNodeDoor(folder);
  const calls = await callsOf({ door: door.url, floors: floors.url, key: door.dev().demo.secretKey });
  return { calls, close: () => Promise.all([door.stop("SIGTERM"), floors.stop("SIGTERM")]) };
}

type Calls = Readonly<Record<string, Omit<Load, "connections" | "seconds">>>;

/** What is measured of a door with the demo, and its floors, by name. Neither URL ends with a slash. */
export async function callsOf({ door, floors, key }: { door: string; floors: string; key: string }): Promise<Calls> {
  const headers = { Authorization: `Bearer ${key}` };
  const affiliates = await jsonOf(await fetch(`${door}/api/v1/affiliates`, { headers }));
  const floor = (path: string) => ({ url: `${floors}/${path}`, body: () => "{}" });
  return {
    "HTTP alone": floor("nothing"),
    "one insert": floor("insert"),
    "a signup's rows": floor("signup"),
    "a conversion's rows": floor("conversion"),
    "one row read": { url: `${floors}/row` },
    click: CALLS.click(door, key),
    signup: CALLS.signup(door, key),
    conversion: CALLS.conversion(door, key),
    balance: { url: `${door}/api/v1/affiliates/${affiliates.affiliates[0].id}/balance`, headers },
  };
}

/** On a database that the product has filled as its own: the same schema, and an app in it. */
async function startFloors(folder: string): Promise<NodeDoor> {
  const door = await startNodeDoor(folder);
  await door.stop("SIGTERM");
  return startNodeDoor(folder, {}, "bench/floor-server.ts", ["data/agentlinks.db"]);
}

/** Each in turn, with so many connections. */
export async function measure(calls: Calls, connections: number): Promise<Measured> {
  const empty = () => new Map(Object.keys(calls).map((name): [string, number[]] => [name, []]));
  const [rates, busy] = [empty(), empty()];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, call] of Object.entries(calls)) {
      const before = process.cpuUsage();
      const rate = await rateOf({ ...call, connections, seconds: SECONDS });
      const { user, system } = process.cpuUsage(before);
      if (round === 0) continue;
      rates.get(name)?.push(rate);
      busy.get(name)?.push((user + system) / (SECONDS * 1e4));
    }
  }
  return { rates, busy };
}

export function rowsOf({ rates, busy }: Measured): readonly Row[] {
  return [...rates].map(([name, values]) => {
    const floor = FLOOR_OF[name]?.floor;
    return {
      what: name,
      "a second": spreadOf(values),
      "generator, %": spreadOf(busy.get(name) ?? []).median,
      "% of HTTP alone": percent(values, rates.get("HTTP alone")),
      floor: floor ?? "",
      "% of the floor": floor === undefined ? null : percent(values, rates.get(floor)),
    };
  });
}

function claimsOf(rates: Rates, connections: number): readonly Claim[] {
  return Object.entries(FLOOR_OF).flatMap(([name, { floor, target }]) => {
    if (target === null) return [];
    const { median } = ratioSpread(rates.get(name) ?? [], rates.get(floor) ?? []);
    return {
      claim: `${connections} connections: ${name} at least ${target * 100} % of ${floor}`,
      holds: median >= target,
    };
  });
}

function percent(values: readonly number[], floors: readonly number[] = []) {
  const { median, p10, p90 } = ratioSpread(values, floors);
  return { median: median * 100, p10: p10 * 100, p90: p90 * 100 };
}

if (import.meta.main) printPart(await measureIngest());
