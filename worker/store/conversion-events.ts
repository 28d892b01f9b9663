/**
 * The statement that tells of every conversion `c` in `dirty` (a FROM clause with its WHERE) what the books are about to post of
 * it: due_* is what will stand, posted_* what stood. It comes after the due amounts are known and before they are marked posted,
 * so that a repeated batch finds nothing to tell. Binds `:now` and `:fact`, what caused it.
 *
 * A cancellation takes back before it matured, or all of it for good; a clawback afterwards (domain/event-kinds.ts).
 */
export function tellConversions(dirty: string): string {
  return `
    INSERT INTO event (app, seq, kind, fact, payload, created_at)
    SELECT n.app, ${newestOf("n.app")} + row_number() OVER (ORDER BY n.conversion, n.place), n.kind, n.fact, n.payload, :now
    FROM (${happened(dirty)}) n`;
}

/** `commission.confirmed` of conversions `c`, as `tellConversions` tells the rest. */
export function tellConfirmed(due: string): string {
  return `
    INSERT INTO event (app, seq, kind, fact, payload, created_at)
    SELECT c.app, ${newestOf("c.app")} + row_number() OVER (ORDER BY c.mature_day, c.id), 'commission.confirmed', c.id,
      ${commission({ net: "c.posted_net", fee: "c.posted_fee", lane: "c.posted_lane", more: "" })}, :now
    FROM (${due}) c`;
}

/** The number of an app's newest event: what is told next has the one after it. */
function newestOf(app: string): string {
  return `coalesce((SELECT max(e.seq) FROM event e WHERE e.app = ${app} AND e.seq > 0), 0)`;
}

const IS_NEW = "c.rev = 0";
/**
 * How much of the refunds is told: of those that become one in this batch what was told of each; of a new conversion also what
 * was told of an earlier one of its payment.
 */
const REFUNDED_TOLD = `(
  SELECT max(sum(o.dirty * o.refunded_told), iif(${IS_NEW}, max(o.refunded_told), 0))
  FROM conversion o WHERE o.app = c.app AND o.payment = c.payment)`;
/** What is void from the start never counted, and what is void tells of no refund: the one that took its place does. */
const COUNTS = "c.voided_at IS NULL";
const IS_LESS = "c.due_net < c.posted_net";
const IS_OVER = "(c.voided_at IS NOT NULL OR c.mature_day * 86400000 > :now)";

/** When each kind has happened to a conversion, in the order in which they are told. */
const KINDS = {
  "conversion.created": `${IS_NEW} AND ${COUNTS}`,
  "refund.created": `${COUNTS} AND c.refunded > ${REFUNDED_TOLD}`,
  "commission.created": `${IS_NEW} AND c.due_net + c.due_fee > 0`,
  "commission.cancelled": `${IS_LESS} AND ${IS_OVER}`,
  "commission.clawed_back": `${IS_LESS} AND NOT ${IS_OVER}`,
  "commission.held": `NOT ${IS_NEW} AND c.due_net > 0 AND c.due_lane = 'held' AND c.posted_lane <> 'held'`,
  "commission.released": `NOT ${IS_NEW} AND c.due_net > 0 AND (c.due_net > c.posted_net
    OR (c.due_lane <> c.posted_lane AND (c.due_lane = 'clear' OR c.posted_lane = 'held')))`,
} as const;

function happened(dirty: string): string {
  const names = Object.keys(KINDS).map((kind, place) => `(${place}, '${kind}')`);
  const holds = Object.entries(KINDS).map(([kind, condition]) => `WHEN '${kind}' THEN ${condition}`);
  return `
    WITH kinds (place, kind) AS (VALUES ${names.join(", ")}), d AS (SELECT * FROM ${dirty})
    SELECT c.app, c.id AS conversion, k.place, k.kind, iif(${IS_NEW}, c.id, c.id || '#' || c.rev) AS fact,
      CASE k.kind WHEN 'refund.created' THEN ${REFUND} WHEN 'conversion.created' THEN ${CONVERSION} ELSE ${COMMISSION} END AS payload
    FROM d c CROSS JOIN kinds k WHERE CASE k.kind ${holds.join(" ")} END`;
}

const WHOSE = "'conversion_id', c.id, 'affiliate_id', c.affiliate, 'ref', c.code, 'currency', c.currency";
const CONVERSION = `json_object(${WHOSE}, 'amount_cents', c.captured, 'trust', c.trust)`;
const REFUND = `json_object(${WHOSE}, 'amount_cents', c.refunded - ${REFUNDED_TOLD}, 'refunded_cents', c.refunded,
  'cause_id', :fact)`;
const COMMISSION = commission({
  net: "c.due_net",
  fee: "c.due_fee",
  lane: "c.due_lane",
  more: `, 'change', json_object('net_commission_cents', c.due_net - c.posted_net, 'platform_fee_cents', c.due_fee - c.posted_fee,
    'lane', iif(${IS_NEW} OR c.due_lane = c.posted_lane, NULL, c.posted_lane)), 'cause_id', :fact`,
});

/** A commission as it stands then. Its status is that of domain/conversion-status.ts; what a payout makes of it is told by the payout. */
function commission({
  net,
  fee,
  lane,
  more,
}: {
  readonly net: string;
  readonly fee: string;
  readonly lane: string;
  readonly more: string;
}): string {
  return `json_object(${WHOSE}, 'amount_cents', c.captured, 'refunded_cents', c.refunded, 'commission_cents', ${net} + ${fee},
    'platform_fee_cents', ${fee}, 'net_commission_cents', ${net}, 'status', CASE
      WHEN EXISTS (SELECT 1 FROM payout_item i CROSS JOIN payout w ON w.app = i.app AND w.id = i.payout
        WHERE i.app = c.app AND i.conversion = c.id AND i.amount > 0 AND w.status = 'settled') THEN 'paid'
      WHEN c.voided_at IS NOT NULL OR c.refunded >= c.captured THEN 'cancelled'
      WHEN ${lane} <> 'held' AND c.mature_day * 86400000 <= :now THEN 'confirmed' ELSE 'pending' END,
    'lane', ${lane}, 'reason', coalesce(c.void_reason, c.reason),
    'available_at', strftime('%Y-%m-%dT00:00:00.000Z', c.mature_day * 86400, 'unixepoch')${more})`;
}
