import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

/** What is measured, in this order: each a program of its own, so that no part runs in what another has left in memory. */
const PARTS = ["ingest", "profile", "edge", "counts", "growth", "pages", "lists", "starts", "script-sizes"];

const { positionals } = parseArgs({ allowPositionals: true });
const unknown = positionals.filter((part) => !PARTS.includes(part));
if (unknown.length > 0) throw new Error(`no part ${unknown.join(", ")}: the parts are ${PARTS.join(", ")}`);

const startedAt = performance.now();
const failed = (positionals.length > 0 ? positionals : PARTS).filter((part) => {
  console.log(`\n=== ${part}`);
  return spawnSync(process.execPath, [`bench/${part}.ts`], { stdio: "inherit" }).status !== 0;
});
console.log(`\n${Math.round((performance.now() - startedAt) / 60_000)} minutes`);
if (failed.length > 0) console.log(`a target was missed, or nothing measured, in: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
