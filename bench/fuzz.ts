import { parseArgs } from "node:util";
import { type Door, openEdge, openNode } from "../test/simulation/fuzz/doors.ts";
import { runMutants } from "../test/simulation/fuzz/mutants.ts";
import { type FuzzReport, runFuzz } from "../test/simulation/fuzz/run.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    /** At each door. */
    inputs: { type: "string", default: "6000" },
    /** Of pages, forms and files, at each door. */
    pages: { type: "string" },
    /** `node` or `edge`: one of them alone. */
    door: { type: "string" },
    mutants: { type: "boolean", default: false },
  },
});
const DOORS: Readonly<Record<string, () => Promise<Door>>> = { node: () => openNode(), edge: openEdge };

/** So many reach every route some twenty times. */
const MANY = 3_000;
/** Of answers; `server`: of the server before the product. */
const CLASSES = ["2xx", "3xx", "4xx", "5xx", "server", "closed"];

const inputs = Number(values.inputs);
const seed = Number(values.seed);
if (values.mutants) await checkMutants();
else await play();

async function play(): Promise<void> {
  const reports: FuzzReport[] = [];
  for (const [name, open] of Object.entries(DOORS)) {
    if (values.door !== undefined && values.door !== name) continue;
    const door = await open();
    try {
      const report = await runFuzz(door, { seed, inputs, pages: Number(values.pages ?? Math.ceil(inputs / 3)) });
      print(report);
      reports.push(report);
    } finally {
      await door.stop();
    }
  }
  console.log(JSON.stringify(reports));
  process.exitCode = reports.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

/** Ends with 1 where the program as it is has a problem, or one with a fault has none. */
async function checkMutants(): Promise<void> {
  const reports = await runMutants({ seed, inputs }, ({ fault, caughtBy }) => {
    console.log(`${fault.padEnd(60)}${caughtBy ?? "nothing"}`);
  });
  console.log(JSON.stringify({ seed, inputs, mutants: reports }));
  const [intact, ...mutants] = reports;
  process.exitCode = intact?.caughtBy === null && mutants.every(({ caughtBy }) => caughtBy !== null) ? 0 : 1;
}

function print(report: FuzzReport): void {
  console.log(
    `\n${report.door}, seed ${report.seed}: ${report.inputs} inputs to ${report.routes} of ${report.documented} routes in ${report.seconds} s`,
  );
  console.log(row(["area", "inputs", ...CLASSES]));
  for (const [area, { inputs: sent, answers }] of Object.entries(report.areas))
    console.log(row([area, sent, ...CLASSES.map((one) => answers[one] ?? 0)]));
  const { pages } = report;
  console.log(row(["not in the reference", pages.inputs, ...CLASSES.map((one) => pages.answers[one] ?? 0)]));
  console.log(
    `pages: ${pages.asked} of ${pages.routes} routes, 5xx ${pages.serverErrors}, state changed by a refused request ${pages.changedByRefused}, slowest ${pages.slowest.ms} ms (${pages.slowest.what})`,
  );
  console.log(`kinds ${JSON.stringify(report.kinds)}`);
  console.log(
    `good calls that succeeded ${report.succeeded} %, on ${report.routesThatSucceeded} routes; refused ${report.refused}, limited ${report.limited}, slowest ${report.slowest.ms} ms (${report.slowest.what})`,
  );
  console.log(
    `5xx ${report.serverErrors}, state changed by a refused request ${report.changedByRefused}, another app's ${report.changedElsewhere} of ${report.lookedElsewhere}`,
  );
  if (report.inputs >= MANY) console.log(`never 2xx: ${report.neverSucceeded.join(", ") || "none"}`);
  for (const problem of report.problems) console.log(`  ${problem}`);
}

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell, n) => (n === 0 ? String(cell).padEnd(22) : String(cell).padStart(8))).join("");
}
