import type { Deps } from "../../deps.ts";
import {
  BULK_APPLIES_TO,
  BULK_STATUS,
  BULK_UNDONE_BY,
  type BulkAction,
  type LineState,
} from "../../domain/bulk-action.ts";
import type { AffiliateStatus } from "../../domain/affiliate-status.ts";
import { balanceOf } from "../../domain/balance.ts";
import { dayOf } from "../../domain/maturation.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { moneyEffect } from "../../domain/status-effect.ts";
import { findAffiliate } from "../../store/affiliate-store.ts";
import {
  type BulkChange,
  type BulkLine,
  claimLine,
  countLiveCodes,
  countStatuses,
  endBulkChange,
  findBulkChange,
  insertBulkChange,
  leaveLine,
  type LineMoney,
  listBulkChanges,
  listBulkLines,
  listLineMoney,
  listRunningChanges,
  type Picked,
  startBulkChange,
} from "../../store/bulk-store.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import { type AffiliateChange, updateAffiliate } from "./update-affiliate.ts";

/** Affiliates of one change: its preview adds all of them up. */
export const MAX_LINES = 5_000;
/** Lines of one call, so that it answers in time; and of one run of the job. */
const LINES_PER_CALL = 50;
const LINES_PER_JOB = 100;
/** Changes that one run of the job looks after; the next one is a minute away. */
const CHANGES_PER_JOB = 3;

export interface BulkDraft {
  readonly action: BulkAction;
  readonly reason: string;
  /** The rate to give, null the app's; of no meaning for another action. */
  readonly rateBps: number | null;
  readonly picked: Picked;
}

/** What a change would do now, added up over all its affiliates. */
export interface BulkPreview {
  /** Affiliates that it changes, and those that are in a status it is not for. */
  readonly changed: number;
  readonly left: ReadonlyMap<AffiliateStatus, number>;
  readonly codesDying: number;
  readonly currencies: readonly {
    readonly currency: string;
    readonly voidedCents: number;
    readonly keptCents: number;
  }[];
}

/** Makes a change of many affiliates that does nothing before it is started. Fails with `invalid_request` for nobody. */
export async function draftBulkChange(deps: Deps, actor: string, draft: BulkDraft): Promise<Result<BulkChange>> {
  const { action, reason, picked } = draft;
  const undoes = picked.by === "undo" ? picked.changeId : null;
  const change = { id: deps.newId("bulk"), action, reason, actor, undoes, now: deps.now() };
  const rateBps = action === "rate" ? draft.rateBps : null;
  await deps.db.batch(insertBulkChange(change, { picked, rateBps, limit: MAX_LINES }));
  const made = await findBulkChange(deps.db, change.id);
  if (made === null || made.counts.waiting === 0) {
    return fail("invalid_request", "Nobody is chosen.", [{ path: "picked", message: "must be somebody" }]);
  }
  return ok(made);
}

/** Drafts what takes a change back, for those whom it changed. Fails with `not_found`, and `conflict` where nothing does. */
export async function draftUndo(
  deps: Deps,
  actor: string,
  { changeId, reason }: { changeId: string; reason: string },
): Promise<Result<BulkChange>> {
  const change = await findBulkChange(deps.db, changeId);
  if (change === null) return fail("not_found", "No such change.");
  const action = BULK_UNDONE_BY[change.action];
  if (action === null || change.endedAt === null) return fail("conflict", "This change cannot be taken back.");
  return draftBulkChange(deps, actor, { action, reason, rateBps: null, picked: { by: "undo", changeId } });
}

export async function readBulkChange(deps: Deps, changeId: string): Promise<BulkChange | null> {
  return findBulkChange(deps.db, changeId);
}

/** The changes that were made or drafted, the newest first, at most `limit` after a cursor. */
export async function readBulkChanges(
  deps: Deps,
  { after, limit }: { after: Cursor | null; limit: number },
): Promise<readonly Omit<BulkChange, "counts">[]> {
  return listBulkChanges(deps.db, { before: after ?? END_OF_TIME, limit });
}

/** A change's lines by number, after one, in one state where given. */
export async function readBulkLines(
  deps: Deps,
  changeId: string,
  page: { after: number; limit: number; state: LineState | null },
): Promise<readonly BulkLine[]> {
  return listBulkLines(deps.db, changeId, page);
}

/** What starting a draft would do now: exact sums over all its affiliates. */
export async function previewBulkChange(deps: Deps, { id, action }: BulkChange): Promise<BulkPreview> {
  const revokes = action === "revoke";
  const [statuses, codesDying, money] = await Promise.all([
    countStatuses(deps.db, id),
    revokes ? countLiveCodes(deps.db, id) : 0,
    revokes ? listLineMoney(deps.db, id, dayOf(deps.now())) : [],
  ]);
  const isChanged = (status: AffiliateStatus) => BULK_APPLIES_TO[action].includes(status);
  const changed = [...statuses].filter(([status]) => isChanged(status)).reduce((sum, [, n]) => sum + n, 0);
  const left = new Map([...statuses].filter(([status]) => !isChanged(status)));
  return { changed, left, codesDying, currencies: revokedMoney(money.filter(({ status }) => isChanged(status))) };
}

/**
 * Starts a change, and does its first lines; the job goes on with what is left, whatever ends this call. Repeated it goes on as
 * well. Each line is done once. Fails with `not_found`.
 */
export async function runBulkChange(
  deps: Deps,
  { actor, changeId }: { actor: string; changeId: string },
): Promise<Result<BulkChange>> {
  if ((await findBulkChange(deps.db, changeId)) === null) return fail("not_found", "No such change.");
  await deps.db.batch([startBulkChange(changeId, { actor, now: deps.now() })]);
  return goOnWith(deps, changeId, LINES_PER_CALL);
}

/** The next lines of a change that was started. Fails with `not_found`, and `conflict` for one that was not. */
export async function continueBulkChange(deps: Deps, changeId: string): Promise<Result<BulkChange>> {
  const change = await findBulkChange(deps.db, changeId);
  if (change === null) return fail("not_found", "No such change.");
  if (change.startedAt === null) return fail("conflict", "This change was not started.");
  return change.endedAt === null ? goOnWith(deps, changeId, LINES_PER_CALL) : ok(change);
}

/** The job's run: goes on with the changes that were started. */
export async function finishBulkChanges(deps: Deps): Promise<void> {
  for (const id of await listRunningChanges(deps.db, CHANGES_PER_JOB)) await goOnWith(deps, id, LINES_PER_JOB);
}

async function goOnWith(deps: Deps, changeId: string, limit: number): Promise<Result<BulkChange>> {
  const change = await findBulkChange(deps.db, changeId);
  if (change === null) return fail("not_found", "No such change.");
  const lines = await listBulkLines(deps.db, changeId, { after: 0, limit, state: "waiting" });
  for (const line of lines) await runLine(deps, change, line);
  await deps.db.batch([endBulkChange(changeId, deps.now())]);
  const after = await findBulkChange(deps.db, changeId);
  return after === null ? fail("not_found", "No such change.") : ok(after);
}

async function runLine(deps: Deps, change: BulkChange, { seq, appId, affiliateId, rateBps }: BulkLine): Promise<void> {
  const affiliate = await findAffiliate(deps.db, appId, affiliateId, deps.now());
  const status = affiliate?.status ?? "gone";
  if (affiliate === null || !BULK_APPLIES_TO[change.action].includes(affiliate.status)) {
    await deps.db.batch([leaveLine(change.id, { seq, state: "skipped", note: status })]);
    return;
  }
  const changed = await updateAffiliate(deps, appId, {
    actor: change.actor,
    affiliateId,
    change: changeOf(change, rateBps),
    first: [claimLine(change.id, { seq, wasStatus: affiliate.status, wasBps: affiliate.rateBps })],
  });
  // Of a line that another run has done this writes nothing.
  if (!changed.ok) {
    await deps.db.batch([leaveLine(change.id, { seq, state: "failed", note: changed.failure.message })]);
  }
}

function changeOf({ action, reason }: BulkChange, rateBps: number | null): AffiliateChange {
  const status = BULK_STATUS[action];
  return status === null ? { rateBps, reason } : { status, reason };
}

function revokedMoney(money: readonly LineMoney[]): BulkPreview["currencies"] {
  const sums = new Map<string, { voidedCents: number; keptCents: number }>();
  for (const line of money) {
    const sum = sums.get(line.currency) ?? { voidedCents: 0, keptCents: 0 };
    const { voidedCents, availableCents } = moneyEffect(balanceOfLine(line), { from: line.status, to: "revoked" });
    sums.set(line.currency, {
      voidedCents: sum.voidedCents + voidedCents,
      keptCents: sum.keptCents + Math.max(0, availableCents),
    });
  }
  return [...sums]
    .map(([currency, sum]) => ({ currency, ...sum }))
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
}

function balanceOfLine(line: LineMoney) {
  const { clearCents: clear, reviewCents: review, heldCents: held, adjustCents, paidCents } = line;
  // A sum has no day of its own: which day it comes is nothing to the balance.
  return balanceOf({ earned: { clear, review, held }, adjustCents, paidCents }, [
    { lane: "clear", matureDay: 0, netCents: line.pendingClearCents },
    { lane: "review", matureDay: 0, netCents: line.pendingReviewCents },
  ]);
}
