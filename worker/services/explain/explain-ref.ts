import type { Deps } from "../../deps.ts";
import { foldCode } from "../../domain/code.ts";
import { codeFindings, type Finding, gather } from "../../domain/findings.ts";
import type { App } from "../../store/app-store.ts";
import {
  type CodeCounts,
  countCodes,
  countReferrals,
  type ExplainedCode,
  findCodes,
} from "../../store/explain-code-store.ts";
import { type ExplainedDrop, listDropsOf } from "../../store/explain-user-store.ts";
import { refusalMoment, refusalOf } from "./explain-user.ts";
import { because, inOrder, moment, type Moment } from "./timeline.ts";

/** Referrals of an affiliate that are looked through for those of one code. */
const MAX_REFERRALS = 10_000;

export interface RefExplanation {
  readonly subject: "ref";
  readonly ref: string;
  /** `expired` is an active code whose time is over. */
  readonly state: "active" | "retired" | "revoked" | "expired" | "unknown";
  /** Null: nobody issued it in this app. */
  readonly code: ExplainedCode | null;
  readonly findings: readonly Finding[];
  readonly counts: CodeCounts;
  readonly referrals: { readonly count: number; readonly isAll: boolean };
  readonly drops: readonly ExplainedDrop[];
  readonly timeline: readonly Moment[];
}

/** What a code is, and why it brings nobody. Another app's is as if nobody had issued it. */
export async function explainRef(deps: Deps, app: App, ref: string): Promise<RefExplanation> {
  const now = deps.now();
  const folded = foldCode(ref);
  const [[code], drops] = await Promise.all([
    findCodes(deps.db, app.id, [folded]),
    listDropsOf(deps.db, app.id, [folded]),
  ]);
  const [counts, referrals] = await Promise.all([
    countCodes(deps.db, app.id, { codes: code === undefined ? [] : [folded], fromDay: 0 }),
    code === undefined || code.affiliate === null
      ? { count: 0, isAll: true }
      : countReferrals(deps.db, app.id, { affiliateId: code.affiliate.id, code: folded, limit: MAX_REFERRALS }),
  ]);
  return {
    subject: "ref",
    ref: code?.ref ?? ref,
    state: stateOf(code, now),
    code: code ?? null,
    findings: gather([...codeFindings(code ?? null, now), ...drops.map(refusalOf)]),
    counts,
    referrals,
    drops,
    timeline: inOrder([...(code === undefined ? [] : codeMoments(code, now)), ...drops.map(refusalMoment)]),
  };
}

function stateOf(code: ExplainedCode | undefined, now: number): RefExplanation["state"] {
  if (code === undefined) return "unknown";
  return code.state === "active" && code.expiresAt !== null && code.expiresAt <= now ? "expired" : code.state;
}

export function codeMoments(code: ExplainedCode, now: number): readonly (Moment | null)[] {
  const { ref, affiliate, expiresAt, retiredAt, createdAt } = code;
  return [
    moment(createdAt, "code", `The code ${ref} was issued`),
    moment(expiresAt, "code", `The code ${ref} ${expiresAt !== null && expiresAt > now ? "expires" : "expired"}`),
    moment(retiredAt, "code", `The code ${ref} was retired`),
    affiliate === null
      ? null
      : moment(affiliate.statusSince, "status", `Its affiliate's status was set${because(affiliate.status)}`),
  ];
}
