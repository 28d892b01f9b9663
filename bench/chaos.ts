import { parseArgs } from "node:util";
import { runMutants } from "../test/simulation/chaos/mutants.ts";
import { type ChaosReport, runChaos } from "../test/simulation/chaos/run.ts";

/** Enough for every guard to be needed. */
const MUTANT_OPERATIONS = 900;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    operations: { type: "string" },
    mutants: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
if (values.mutants) await checkMutants(Number(values.operations ?? MUTANT_OPERATIONS));
else await play(Number(values.operations ?? 4_000));

/** One run, as a table and as a line of JSON. Ends with 1 where anything is wrong. */
async function play(operations: number): Promise<void> {
  const report = await runChaos({
    seed,
    operations,
    kills: Math.ceil(operations / 200),
    imports: Math.ceil(operations / 1_000),
  });
  print(report);
  console.log(JSON.stringify(report));
  process.exitCode = report.problems.length === 0 ? 0 : 1;
}

/** Ends with 1 where the program as it is has a problem, or one without a guard has none. */
async function checkMutants(operations: number): Promise<void> {
  console.log(`${"without".padEnd(40)}caught by`);
  const reports = await runMutants({ seed, operations }, ({ guard, caughtBy }) => {
    console.log(`${guard.padEnd(40)}${caughtBy.join("; ") || "nothing"}`);
  });
  console.log(JSON.stringify({ seed, operations, mutants: reports }));
  const [intact, ...mutants] = reports;
  process.exitCode = intact?.caughtBy.length === 0 && mutants.every(({ caughtBy }) => caughtBy.length > 0) ? 0 : 1;
}

function print(report: ChaosReport): void {
  const { calls, database, kills, events } = report;
  console.log(`seed ${report.seed}: ${report.operations} operations in ${report.seconds} s`);
  console.log(`${calls.sent} calls, ${calls.unanswered} of them unanswered and sent again`);
  console.log(`${database.requests} requests to the database, ${database.faults} of them spoilt`);
  console.log(`killed: the app ${kills.app} times, the database server ${kills.database} times\n`);
  console.log(row(["fact", "expected", "lost", "double"]));
  for (const [kind, { expected, lost, double }] of Object.entries(report.facts))
    console.log(row([kind, expected, lost, double]));
  console.log(row(["event", events.expected, events.wrong, ""]));
  console.log(
    `\nlost ${report.lost}, double ${report.double}, drift ${report.drift}, discrepancies of the books ${report.discrepancies}`,
  );
  for (const problem of report.problems) console.log(`  ${problem}`);
}

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell, n) => (n === 0 ? String(cell).padEnd(12) : String(cell).padStart(10))).join("");
}
