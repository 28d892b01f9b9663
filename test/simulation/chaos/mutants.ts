import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { runChaos } from "./run.ts";

/** A guard, and what the built program becomes without it. */
interface Mutant {
  readonly guard: string;
  readonly changes: readonly (readonly [from: string, to: string])[];
}

const MUTANTS: readonly Mutant[] = [
  { guard: "none: the program as it is", changes: [] },
  { guard: "unique key of what is announced", changes: [["  UNIQUE (app, source, source_ref),\n", ""]] },
  {
    guard: "posted gate of the books",
    changes: [["c.due_net - iif(c.due_lane = c.posted_lane, c.posted_net, 0) AS net", "c.due_net AS net"]],
  },
  { guard: "posted gate of payouts", changes: [["n.id = :payout AND n.posted = 0", "n.id = :payout"]] },
  {
    guard: "GROUP BY of what a settlement moves",
    changes: [["sum(net) AS net FROM (${DELTA}) GROUP BY 1, 2, 3, 4, 5", "net FROM (${DELTA})"]],
  },
  {
    guard: "cumulative rounding of refunds",
    changes: [
      [
        "(f.base - ${LOST_BASE}) * f.rate_bps / 10000",
        "f.base * f.rate_bps / 10000 - ${LOST_BASE} * f.rate_bps / 10000",
      ],
    ],
  },
  {
    guard: "signature of Stripe's events",
    changes: [["!await deps.stripe.verify(delivery.payload, delivery.signature, secrets)", "false"]],
  },
  {
    guard: "tenant filter of holds",
    changes: [
      [
        'WHERE c.app = :app AND c.id = :conversion AND coalesce(${LAST_WORD("action")}',
        'WHERE c.id = :conversion AND coalesce(${LAST_WORD("action")}',
      ],
    ],
  },
  {
    guard: "credential class of keys",
    changes: [
      ["UNIQUE (app, source, source_ref)", "UNIQUE (app, source_ref)"],
      [
        "WHERE d.app = ${CALL_APP} AND d.source = :source AND d.source_ref = :source_ref`",
        "WHERE d.app = ${CALL_APP} AND d.source_ref = :source_ref`",
      ],
    ],
  },
  {
    guard: "lane filter of payouts",
    changes: [
      ["iif(c.posted_lane = 'clear', c.posted_net, 0)", "c.posted_net"],
      ["iif(posted_lane = 'clear', posted_net, 0)", "posted_net"],
      ["t.earned_clear + t.adjust - t.paid", "t.earned_clear + t.earned_review + t.earned_held + t.adjust - t.paid"],
      ["AND b.lane = 'clear' AND b.mature_day > ${through}", "AND b.mature_day > ${through}"],
    ],
  },
];

export interface MutantReport {
  readonly guard: string;
  /** What noticed, each once, the first three; none: nothing did. */
  readonly caughtBy: readonly string[];
}

/** Plays the same history with each guard taken out of a copy of `dist/node.js`, and tells what notices first. */
export async function runMutants(
  options: { readonly seed: number; readonly operations: number },
  told: (report: MutantReport) => void,
): Promise<readonly MutantReport[]> {
  const reports: MutantReport[] = [];
  for (const [n, mutant] of MUTANTS.entries()) {
    const program = `dist/chaos-mutant-${n}.js`;
    writeFileSync(program, without(mutant));
    try {
      const { problems } = await runChaos({ ...options, program, kills: 0, imports: 0, shops: 2 });
      const report = { guard: mutant.guard, caughtBy: [...new Set(problems.map(headOf))].slice(0, 3) };
      reports.push(report);
      told(report);
    } finally {
      rmSync(program, { force: true });
    }
  }
  return reports;
}

/** Without whose it is and what was found in place of what. */
function headOf(problem: string): string {
  return problem
    .replace(/^s\d+: | \(.*\)/g, "")
    .split(": ")
    .slice(0, 2)
    .join(": ");
}

function without({ guard, changes }: Mutant): string {
  return changes.reduce(
    (program, [from, to]) => {
      if (!program.includes(from)) throw new Error(`${guard}: the program has no ${from}`);
      return program.replaceAll(from, () => to);
    },
    readFileSync("dist/node.js", "utf8"),
  );
}
