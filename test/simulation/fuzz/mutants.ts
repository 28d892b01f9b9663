import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { openNode } from "./doors.ts";
import { runFuzz } from "./run.ts";

/** A fault, and what puts it into the built program. */
interface Mutant {
  readonly fault: string;
  readonly from: string;
  readonly to: string;
  /** Where it is: there it is looked for. */
  readonly only?: RegExp;
}

const MUTANTS: readonly Mutant[] = [
  { fault: "none: the program as it is", from: "", to: "" },
  {
    fault: "a hostile key is thrown at, not refused",
    from: "if (HOSTILE_KEYS.has(key)) return",
    to: "if (HOSTILE_KEYS.has(key)) throw new Error(key); if (HOSTILE_KEYS.has(key)) return",
    only: /^(?:POST|PUT|PATCH) /,
  },
  {
    fault: "what is sent again is claimed of a deleted endpoint, too",
    from: "AND ${IS_FREE} AND (status <> 'waiting' OR next_at IS NOT NULL) AND ${",
    to: "AND ${IS_FREE} AND (status <> 'waiting' OR next_at IS NOT NULL) AND 1 = 1 OR seq = :seq AND endpoint = :endpoint AND ${",
  },
  { fault: "a conflict has a status of its own", from: "conflict: 409", to: "conflict: 410" },
  {
    fault: "a hold looks at no app",
    from: "WHERE c.app = :app AND c.id = :conversion AND coalesce(",
    to: "WHERE c.id = :conversion AND coalesce(",
    only: /\/hold$/,
  },
  { fault: "a key needs no scope", from: "affiliateId === null && !scopes.includes(scope2)", to: "false" },
  {
    fault: "a refusal repeats what was sent",
    from: 'message: "must not hold control characters" }',
    to: "message: value }",
    only: /^POST .*(?:track|affiliates|invitations)/,
  },
];

export interface MutantReport {
  readonly fault: string;
  /** What was told of it first; null: nothing. */
  readonly caughtBy: string | null;
}

/** Plays the same inputs at copies of `dist/node.js`, each with one fault, and tells what is said of it. */
export async function runMutants(
  options: { readonly seed: number; readonly inputs: number },
  told: (report: MutantReport) => void,
): Promise<readonly MutantReport[]> {
  const reports: MutantReport[] = [];
  for (const [n, mutant] of MUTANTS.entries()) {
    const program = `dist/fuzz-mutant-${n}.js`;
    writeFileSync(program, withFault(mutant));
    const door = await openNode(program);
    try {
      const { problems } = await runFuzz(door, {
        ...options,
        pages: 0,
        ...(mutant.only === undefined ? {} : { only: mutant.only }),
      });
      const report = { fault: mutant.fault, caughtBy: problems[0]?.split("\n", 1).join("").slice(0, 120) ?? null };
      reports.push(report);
      told(report);
    } finally {
      await door.stop();
      rmSync(program, { force: true });
    }
  }
  return reports;
}

function withFault({ fault, from, to }: Mutant): string {
  const program = readFileSync("dist/node.js", "utf8");
  if (!program.includes(from)) throw new Error(`${fault}: the program has no ${from}`);
  return from === "" ? program : program.replaceAll(from, () => to);
}
