import { parseArgs } from "node:util";
import { type BacklogReport, runBacklog } from "../test/simulation/soak/backlog.ts";
import type { DoorName } from "../test/simulation/soak/doors.ts";
import { runSoak, type SoakReport } from "../test/simulation/soak/run.ts";

const PARTS = ["load", "outage", "queue"];
/** Requests a second that a machine with two cores holds, beside who sends them and, at the edge, the database's server. */
const RATES: Readonly<Record<DoorName, number>> = { node: 300, edge: 150 };
const QUEUE = { connections: 50, rate: 100 };
/** Before an outage and after it, together. */
const AROUND_OUTAGE_S = 60;
/** A database that is away makes each call try for half a second: this is what so many connections keep up then. */
const OUTAGE_RATE = 120;

const { values } = parseArgs({
  options: {
    part: { type: "string", default: PARTS.join() },
    door: { type: "string", default: "node,edge" },
    connections: { type: "string", default: "150,1000" },
    minutes: { type: "string", default: "10" },
    rate: { type: "string" },
    outage: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    program: { type: "string" },
  },
});
const parts = values.part.split(",");
const doors = values.door.split(",").map(doorOf);
const seed = Number(values.seed);
const outageSeconds = Number(values.outage);
// It would ask a foreign server where this machine is.
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";

if (parts.includes("load")) for (const door of doors) await load(door);
if (parts.includes("outage")) for (const door of doors) await outage(door);
if (parts.includes("queue")) tellBacklog(await runBacklog({ ...QUEUE, seed, outageSeconds }));

async function load(door: DoorName): Promise<void> {
  for (const connections of values.connections.split(",").map(Number)) {
    const rate = Number(values.rate ?? RATES[door]);
    const program = values.program === undefined ? {} : { program: values.program };
    tell(await runSoak({ door, connections, rate, seed, seconds: Number(values.minutes) * 60, ...program }));
  }
}

async function outage(door: DoorName): Promise<void> {
  const [connections = 150] = values.connections.split(",").map(Number);
  const rate = Number(values.rate ?? OUTAGE_RATE);
  tell(await runSoak({ door, connections, rate, seed, seconds: outageSeconds + AROUND_OUTAGE_S, outageSeconds }));
}

/** As a table and as a line of JSON. The command ends with 1 where anything is wrong. */
function tell(report: SoakReport): void {
  const { door, connections, seconds, achieved, rate, sent, refusals, memory, outage: broken, facts } = report;
  console.log(
    `\n${door}, ${connections} connections, ${seconds} s, ${achieved} requests a second of ${rate}: ${sent} sent`,
  );
  console.log(`refused or unanswered: ${told(refusals)}; ${report.cpuMsPerCall} ms of a processor a request`);
  const [floor = 1, floor99 = 1] = [report.kinds["health"]?.p50Ms, report.kinds["health"]?.p99Ms];
  console.log(row(["request", "sent", "2xx", "p50", "p99", "503"]));
  for (const [kind, { sent: all, answered, p50Ms, p99Ms, unavailable }] of Object.entries(report.kinds))
    console.log(row([kind, all, answered, ratio(p50Ms / floor), ratio(p99Ms / floor99), unavailable]));
  console.log(`as multiples of health: p50 ${floor} ms, p99 ${floor99} ms\n`);
  console.log(row(["fact", "answered", "lost", "double", "strange", ""]));
  for (const [kind, { answered, lost, double, strange }] of Object.entries(facts))
    console.log(row([kind, answered, lost, double, strange, ""]));
  if (memory !== null)
    for (const [name, { first, last, growth, bound }] of Object.entries({
      heap: memory.heap,
      resident: memory.resident,
    }))
      console.log(
        `${name}: ${mib(first)} in the first third, ${mib(last)} in the last: ${mib(growth)} of ${mib(bound)}`,
      );
  if (broken !== null)
    console.log(
      `database away for ${broken.seconds} s: ${broken.unavailable} answers of 503, the slowest in ${broken.slowestMs} ms; written again after ${broken.writtenAfterMs} ms, the last 503 after ${broken.lastUnavailableAfterMs} ms`,
    );
  end(report);
}

function tellBacklog(report: BacklogReport): void {
  const { enqueued, refused, backlog, drainedAfterS, clicks, dead } = report;
  console.log(
    `\nqueue, database away for ${report.outageSeconds} s: ${enqueued} clicks taken meanwhile, ${refused} refused`,
  );
  console.log(`${backlog} visitors waited, counted ${drainedAfterS} s after it was back; ${dead} dead letters`);
  console.log(row(["fact", "answered", "lost", "double", "strange", ""]));
  console.log(row(["click", clicks.answered, clicks.lost, clicks.double, clicks.strange, ""]));
  end(report);
}

function end(report: { readonly problems: readonly string[] }): void {
  for (const problem of report.problems) console.log(`  ${problem}`);
  console.log(JSON.stringify(report));
  if (report.problems.length > 0) process.exitCode = 1;
}

function doorOf(name: string): DoorName {
  if (name !== "node" && name !== "edge") throw new Error(`--door is node, edge or both, not ${name}`);
  return name;
}

function told(refusals: Readonly<Record<string, number>>): string {
  return (
    Object.entries(refusals)
      .map(([status, times]) => `${times} × ${status}`)
      .join(", ") || "0"
  );
}

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell, n) => (n === 0 ? String(cell).padEnd(20) : String(cell).padStart(10))).join("");
}

function ratio(value: number): string {
  return `×${value.toFixed(1)}`;
}

function mib(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
