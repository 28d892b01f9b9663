import { parseArgs } from "node:util";
import { runChaos } from "../test/simulation/chaos/run.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, operations: { type: "string" }, kills: { type: "string" }, program: { type: "string" } },
});
const operations = Number(values.operations ?? 4_000);
console.log(JSON.stringify(await runChaos({ seed: Number(values.seed ?? 1), operations, kills: Number(values.kills ?? Math.ceil(operations / 200)), program: values.program ?? "dist/node.js" }), null, 1));
