import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, statement, textOf, textOrNull } from "./statement.ts";

/** What a standing rule approves: payments of an affiliate, or of everybody who has no rule of their own, in a currency. */
export interface ReviewRuleTerms {
  readonly affiliateId: string | null;
  readonly currency: string;
  /** Up to this amount a payment, and this in sum on a UTC day. */
  readonly maxEventCents: number;
  readonly maxDayCents: number;
  readonly reason: string;
}

export interface ReviewRule extends ReviewRuleTerms {
  readonly id: string;
  /** What it has approved today. */
  readonly approvedTodayCents: number;
  readonly createdAt: number;
}

/** An app's rules in force, oldest first, from after a cursor, with what they have approved on the day `today`. */
export async function listRules(
  db: Db,
  appId: string,
  page: { after: Cursor; limit: number; today: number },
): Promise<readonly ReviewRule[]> {
  const { after, limit, today } = page;
  return (await db.query(LIST({ app: appId, at: after.at, id: after.id, limit, today }))).map(toRule);
}

interface Change {
  readonly id: string;
  readonly actor: string;
  readonly audit: string;
  readonly now: number;
}

/** The batch that makes a rule, unless one for the same is in force. Read with `readWhetherMade`. */
export function insertRule(appId: string, change: Change & { readonly terms: ReviewRuleTerms }): readonly Statement[] {
  const { affiliateId: affiliate, maxEventCents, maxDayCents, ...terms } = change.terms;
  const { id, actor, audit, now } = change;
  const limits = { max_event_cents: maxEventCents, max_day_cents: maxDayCents };
  return INSERT.map((build) => build({ app: appId, id, actor, audit, now, affiliate, ...limits, ...terms }));
}

/** The batch that ends a rule: what it approved stays approved. Read with `readWhetherMade`: whether the app ever had it. */
export function endRule(appId: string, { id, actor, audit, now }: Change): readonly Statement[] {
  return END.map((build) => build({ app: appId, id, actor, audit, now }));
}

/** Reads the last statement of either batch: whether there is such a rule. */
export function readWhetherMade(results: readonly (readonly Row[])[]): boolean {
  return (results.at(-1) ?? []).length > 0;
}

/**
 * For the batch of a conversion, while `claim` (rows of `claim`) has its effects: approves the one just made if it waits in
 * review for no other reason than that nobody vouches for it, and a rule covers it. An affiliate's own rule goes before the
 * one for everybody, also where it covers less.
 */
export function approveByRule(claim: string): readonly string[] {
  return [
    `INSERT INTO approval (app, id, conversion, decision, reason, actor, created_at)
    SELECT c.app, 'apv:' || c.id, c.id, 'approve', r.reason, 'rule:' || r.id, :now
    FROM (${claim}) m
    JOIN conversion c ON c.app = m.app AND c.id = :conversion AND c.voided_at IS NULL
      AND c.entry_lane = 'review' AND c.reason = 'unverified'
    JOIN affiliate o ON o.app = c.app AND o.id = c.affiliate AND o.status = 'active'
    JOIN review_rule r ON r.app = c.app AND r.id = coalesce(
      (SELECT s.id FROM review_rule s
        WHERE s.app = c.app AND s.currency = c.currency AND s.affiliate = c.affiliate AND s.ended_at IS NULL),
      (SELECT s.id FROM review_rule s
        WHERE s.app = c.app AND s.currency = c.currency AND s.affiliate IS NULL AND s.ended_at IS NULL))
    WHERE c.captured <= r.max_event_cents AND c.captured <= r.max_day_cents - iif(r.day = :today, r.day_cents, 0)
    ON CONFLICT DO NOTHING`,
    `UPDATE review_rule SET day = :today, day_cents = iif(day = :today, day_cents, 0) + n.captured
    FROM (SELECT c.app, c.captured, substr(a.actor, 6) AS rule FROM (${claim}) m
      JOIN conversion c ON c.app = m.app AND c.id = :conversion
      JOIN approval a ON a.app = c.app AND a.conversion = c.id) n
    WHERE review_rule.app = n.app AND review_rule.id = n.rule`,
  ];
}

const EXISTS = statement("SELECT id FROM review_rule WHERE app = :app AND id = :id");

const INSERT = [
  statement(`
    INSERT INTO review_rule (app, id, affiliate, currency, max_event_cents, max_day_cents, reason, actor, created_at)
    VALUES (:app, :id, :affiliate, :currency, :max_event_cents, :max_day_cents, :reason, :actor, :now)
    ON CONFLICT DO NOTHING`),
  statement(`
    INSERT INTO audit (app, id, actor, action, object, after, reason, created_at)
    SELECT r.app, :audit, :actor, 'review.rule_made', r.id, json_object('affiliate', r.affiliate, 'currency', r.currency,
      'maxEventCents', r.max_event_cents, 'maxDayCents', r.max_day_cents), r.reason, :now
    FROM review_rule r WHERE r.app = :app AND r.id = :id`),
  EXISTS,
];

const END = [
  statement(`
    INSERT INTO audit (app, id, actor, action, object, created_at)
    SELECT r.app, :audit, :actor, 'review.rule_ended', r.id, :now
    FROM review_rule r WHERE r.app = :app AND r.id = :id AND r.ended_at IS NULL`),
  statement("UPDATE review_rule SET ended_at = :now WHERE app = :app AND id = :id AND ended_at IS NULL"),
  EXISTS,
];

const LIST = statement(`
  SELECT r.*, iif(r.day = :today, r.day_cents, 0) AS today_cents FROM review_rule r INDEXED BY review_rule_by_time
  WHERE r.app = :app AND r.ended_at IS NULL AND (r.created_at, r.id) > (:at, :id)
  ORDER BY r.created_at, r.id LIMIT :limit`);

function toRule(row: Row): ReviewRule {
  return {
    id: textOf(row, "id"),
    affiliateId: textOrNull(row, "affiliate"),
    currency: textOf(row, "currency"),
    maxEventCents: integerOf(row, "max_event_cents"),
    maxDayCents: integerOf(row, "max_day_cents"),
    reason: textOf(row, "reason"),
    approvedTodayCents: integerOf(row, "today_cents"),
    createdAt: integerOf(row, "created_at"),
  };
}
