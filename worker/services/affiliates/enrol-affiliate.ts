import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { foldCode } from "../../domain/code.ts";
import { foldEmail } from "../../domain/email.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  type Affiliate,
  completeAffiliate,
  findAffiliate,
  findAffiliates,
  type Identity,
  insertAffiliate,
  type NewAffiliate,
} from "../../store/affiliate-store.ts";
import { insertRate } from "../../store/app-store.ts";
import { insertAuditOfChange } from "../../store/audit-log.ts";
import { findAccountCode, shareCodeWithAffiliate } from "../../store/credit-account-store.ts";
import { DbError, type Row, type Statement } from "../../store/db.ts";
import { acceptInvitation } from "../../store/invitation-store.ts";
import { askRefusal, type JoinRefusal, readRefusal } from "../../store/join-store.ts";
import { mailOfApplication, mailOfEntry } from "../../store/outbox-store.ts";
import { type Acceptance, insertAcceptance } from "../../store/terms-store.ts";
import { hmac } from "../hashing.ts";
import { drawCode } from "./draw-code.ts";

/** Somebody who is to be an affiliate, by an account, an e-mail or both. */
export interface Entrant {
  readonly email: string | null;
  readonly name: string | null;
  /** The code they choose; null draws one. */
  readonly ref: string | null;
  readonly accountId: string | null;
  readonly rateBps: number | null;
  /** Who joins by themselves, and not by the owner's will: from where, and what of the program they accepted. */
  readonly join: (NonNullable<NewAffiliate["join"]> & { readonly acceptance: Acceptance | null }) | null;
}

/** The affiliate, known or made by this call, or why there is none. */
export type Enrolment =
  | { readonly refusal: null; readonly affiliate: Affiliate; readonly created: boolean }
  | { readonly refusal: JoinRefusal };

/** Draws of a free code before giving up: with 10^11 codes a second is already rare. */
const MAX_DRAWS = 5;

/**
 * Makes an affiliate with a code, or answers the one known by that account or e-mail (a missing one of the two is added).
 * Whether somebody who joins may is decided in the batch that would make them; who is known already is never refused. Fails
 * with `conflict` when both are known and apart, and `code_unavailable` for a code ever issued.
 */
export async function enrolAffiliate(
  deps: Deps,
  appId: string,
  { actor, entrant }: { actor: string; entrant: Entrant },
): Promise<Result<Enrolment>> {
  const identity = await identityOf(deps, entrant);
  const { accountId } = entrant;
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const known = await findAffiliates(deps.db, appId, identity, deps.now());
    const [first] = known;
    if (first !== undefined) return answerKnown(deps, appId, { known, first, actor, identity });
    const id = deps.newId("aff");
    // Who brings friends has a code: the same one earns both.
    const own = accountId === null ? null : await findAccountCode(deps.db, appId, accountId);
    const ref = entrant.ref ?? own?.ref ?? drawCode(deps);
    const outcome = await insert(deps, appId, { id, identity, actor, entrant: { ...entrant, ref } });
    if (outcome.refusal !== null) return ok({ refusal: outcome.refusal });
    if (outcome.taken === null) return ok({ refusal: null, affiliate: await written(deps, appId, id), created: true });
    if (outcome.taken === "code" && entrant.ref !== null) return fail("code_unavailable", "This code is taken.");
  }
  return fail("code_unavailable", "No free code was found; try again.");
}

async function identityOf(deps: Deps, { accountId, email }: Entrant): Promise<Identity> {
  if (email === null) return { accountId, email: null, emailHmac: null };
  const folded = foldEmail(email);
  return { accountId, email: folded, emailHmac: await hmac(deps.config.authSecret, folded) };
}

async function answerKnown(
  deps: Deps,
  appId: string,
  {
    known,
    first,
    actor,
    identity,
  }: { known: readonly Affiliate[]; first: Affiliate; actor: string; identity: Identity },
): Promise<Result<Enrolment>> {
  const { accountId, email } = identity;
  const isApart = accountId !== null && first.accountId !== null && first.accountId !== accountId;
  if (known.length > 1 || isApart) return conflict();
  const lacksAccount = accountId !== null && first.accountId === null;
  const lacksEmail = email !== null && first.email === null;
  if (!lacksAccount && !lacksEmail) return ok({ refusal: null, affiliate: first, created: false });
  const batch = await orTaken(
    deps.db.batch([
      completeAffiliate(appId, first.id, identity),
      insertAuditOfChange(appId, {
        id: deps.newId("aud"),
        actor,
        action: "affiliate.changed",
        object: first.id,
        before: { ...(lacksAccount ? { accountId: null } : {}), ...(lacksEmail ? { email: null } : {}) },
        after: { ...(lacksAccount ? { accountId } : {}), ...(lacksEmail ? { email } : {}) },
        now: deps.now(),
      }),
      shareCodeWithAffiliate(appId, first.id),
    ]),
  );
  const affiliate = await written(deps, appId, first.id);
  const isOther = accountId !== null && affiliate.accountId !== accountId;
  return batch.taken !== null || isOther ? conflict() : ok({ refusal: null, affiliate, created: false });
}

function conflict(): Result<never> {
  return fail("conflict", "The account and the e-mail belong to two affiliates.");
}

/** What was somebody else's when a batch came to be written, or its rows when it was. */
type Batch =
  | { readonly taken: "affiliate" | "code" }
  | { readonly taken: null; readonly rows: readonly (readonly Row[])[] };

/** Writes the affiliate with code and rate, unless something is taken or they may not join. */
async function insert(
  deps: Deps,
  appId: string,
  {
    id,
    identity,
    actor,
    entrant,
  }: { id: string; identity: Identity; actor: string; entrant: Entrant & { readonly ref: string } },
): Promise<{ readonly taken: "affiliate" | "code" | null; readonly refusal: JoinRefusal | null }> {
  const now = deps.now();
  const { name, join, rateBps, ref } = entrant;
  const action = join === null ? "affiliate.created" : "affiliate.joined";
  const batch = await orTaken(
    deps.db.batch([
      ...insertAffiliate(appId, { ...identity, id, name, ref, code: foldCode(ref), join, now }),
      insertAuditOfChange(appId, { id: deps.newId("aud"), actor, action, object: id, after: { ref }, now }),
      shareCodeWithAffiliate(appId, id),
      mailOfEntry(appId, { affiliateId: id, now }),
      ...(join === null ? [] : [mailOfApplication(appId, { affiliateId: id, now })]),
      ...(rateBps === null ? [] : [insertRate(appId, { affiliateId: id, bps: rateBps, actor, from: now })]),
      ...(join === null ? [] : joining(appId, { id, identity, join, now })),
    ]),
  );
  if (batch.taken === null) return { taken: null, refusal: join === null ? null : readRefusal(batch.rows) };
  // A batch repeated after a lost answer meets its own first run.
  const isOwn = (await findAffiliate(deps.db, appId, id, now)) !== null;
  return { taken: isOwn ? null : batch.taken, refusal: null };
}

/** What goes with somebody who joins: nothing of it is written where they may not. */
function joining(
  appId: string,
  { id, identity, join, now }: { id: string; identity: Identity; join: NonNullable<Entrant["join"]>; now: number },
): readonly Statement[] {
  const { acceptance, provenEmail } = join;
  const { email } = identity;
  return [
    ...(provenEmail && email !== null ? acceptInvitation(appId, { email, affiliateId: id, now }) : []),
    ...(acceptance === null ? [] : [insertAcceptance(appId, id, { ...acceptance, now })]),
    askRefusal(appId, { ...identity, ...join }),
  ];
}

/** The rows of a batch, or which of its keys was somebody else's: the first statement's or a later one's. */
async function orTaken(batch: Promise<readonly (readonly Row[])[]>): Promise<Batch> {
  try {
    return { taken: null, rows: await batch };
  } catch (error) {
    if (!(error instanceof DbError) || error.kind !== "constraint") throw error;
    return { taken: error.statementIndex === 0 ? "affiliate" : "code" };
  }
}

async function written(deps: Deps, appId: string, affiliateId: string): Promise<Affiliate> {
  const affiliate = await findAffiliate(deps.db, appId, affiliateId, deps.now());
  assert(affiliate !== null, "an affiliate that was just written is there");
  return affiliate;
}
