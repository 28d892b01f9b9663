import type { Deps } from "../../deps.ts";
import type { Symptom } from "../../domain/account-findings.ts";
import { dayOf } from "../../domain/maturation.ts";
import type { Finding } from "../../domain/findings.ts";
import type { Flags } from "../../domain/flags.ts";
import type { App } from "../../store/app-store.ts";
import { type CurrencyBalance, readBalances } from "../../store/book-store.ts";
import { type AccountFacts, readAccountFacts } from "../../store/explain-account-store.ts";
import { type CodeCounts, countCodes, type ExplainedCode, listCodes } from "../../store/explain-code-store.ts";
import { MAX_EXPLAINED } from "../../store/explain-conversion-store.ts";
import { type ExplainedDrop, listConversionsOf, listDropsOf, readUserFacts } from "../../store/explain-user-store.ts";
import { findJoinPolicy, type JoinPolicy } from "../../store/join-store.ts";
import { readFlags } from "../programs/read-flags.ts";
import { codeMoments } from "./explain-ref.ts";
import { explainPayouts, type PayoutProspect } from "./explain-payouts.ts";
import { type BriefConversion, brief, refusalMoment } from "./explain-user.ts";
import { symptomsOf } from "./symptoms.ts";
import { because, inOrder, moment, type Moment } from "./timeline.ts";

/** Days back that an affiliate's clicks, signups and conversions are counted. */
export const COUNTED_DAYS = 366;

/** What an affiliate's program has come to. */
export interface ProgramFacts {
  readonly codes: readonly ExplainedCode[];
  readonly counts: CodeCounts;
  readonly balances: readonly CurrencyBalance[];
  readonly payouts: PayoutProspect;
  readonly conversions: readonly BriefConversion[];
  /** Refused calls that named one of the codes. */
  readonly drops: readonly ExplainedDrop[];
}

/** Everything that is known of an account of the host's application. */
export interface ExplainedAccount extends AccountFacts {
  readonly flags: Flags;
  readonly policy: JoinPolicy;
  /** Refused calls that name the account, joining among them. */
  readonly refusals: readonly ExplainedDrop[];
  /** Null: the account is no affiliate. */
  readonly program: ProgramFacts | null;
}

export interface SymptomExplanation {
  readonly symptom: Symptom;
  /** True where nothing is found that explains it. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

export interface AccountExplanation extends ExplainedAccount {
  readonly subject: "account";
  readonly accountId: string;
  readonly symptoms: readonly SymptomExplanation[];
  readonly timeline: readonly Moment[];
}

/** Why an account of the host's application sees what it sees, by the five things that its users complain of. */
export async function explainAccount(deps: Deps, app: App, accountId: string): Promise<AccountExplanation> {
  const now = deps.now();
  const [facts, policy, { drops }] = await Promise.all([
    readAccountFacts(deps.db, app.id, accountId),
    findJoinPolicy(deps.db, app.id),
    readUserFacts(deps.db, app.id, accountId),
  ]);
  const program =
    facts.affiliate === null ? null : await readProgram(deps, app, { affiliateId: facts.affiliate.id, now });
  const account = { ...facts, flags: readFlags(deps, app), policy, refusals: drops, program };
  return {
    ...account,
    subject: "account",
    accountId,
    symptoms: symptomsOf(account, now),
    timeline: accountTimeline(account, now),
  };
}

async function readProgram(
  deps: Deps,
  app: App,
  { affiliateId, now }: { affiliateId: string; now: number },
): Promise<ProgramFacts> {
  const [codes, balances, payouts, conversions] = await Promise.all([
    listCodes(deps.db, app.id, { affiliateId, limit: MAX_EXPLAINED }),
    readBalances(deps.db, app.id, { affiliateId, now }),
    explainPayouts(deps, app, { affiliateId, now }),
    listConversionsOf(deps.db, app.id, affiliateId),
  ]);
  const named = codes.map(({ code }) => code);
  const [counts, drops] = await Promise.all([
    countCodes(deps.db, app.id, { codes: named, fromDay: dayOf(now) - COUNTED_DAYS }),
    listDropsOf(deps.db, app.id, named),
  ]);
  return { codes, counts, balances, payouts, conversions: conversions.map((one) => brief(one, now)), drops };
}

function accountTimeline(
  { affiliate, redemptions, refusals, program }: ExplainedAccount,
  now: number,
): readonly Moment[] {
  return inOrder([
    ...(affiliate === null
      ? []
      : [
          moment(affiliate.createdAt, "joined", `Became an affiliate (${affiliate.id})`),
          moment(affiliate.statusSince, "status", `Status was set${because(affiliate.status)}`),
        ]),
    ...(program?.codes ?? []).flatMap((code) => codeMoments({ ...code, affiliate: null }, now)),
    ...refusals.map(refusalMoment),
    ...(program?.drops ?? []).map(refusalMoment),
    ...redemptions.flatMap(({ role, otherAccountId, createdAt, completedAt, revokedAt }) => [
      moment(createdAt, "credits", role === "referrer" ? `Brought ${otherAccountId}` : `Brought by ${otherAccountId}`),
      completedAt === createdAt ? null : moment(completedAt, "credits", `Credits for ${otherAccountId} were given`),
      moment(revokedAt, "credits", `Credits for ${otherAccountId} were taken back`),
    ]),
  ]);
}
