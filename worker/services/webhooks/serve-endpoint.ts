import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { deliveryId } from "../../domain/event-id.ts";
import { webhookWaitAfter } from "../../domain/webhook-schedule.ts";
import { DbError } from "../../store/db.ts";
import {
  claimDue,
  type ClaimedDelivery,
  fanOut,
  giveBack,
  listDue,
  readClaimed,
  readCursor,
  type WebhookAttempt,
  writeAttempt,
} from "../../store/webhook-delivery-store.ts";
import type { EndpointWork, WebhookTarget } from "../../store/webhook-store.ts";
import { isAway, isGone, sendOnce } from "./send-once.ts";
import { sideBySide } from "./side-by-side.ts";
import { webhookBody } from "./webhook-body.ts";

/** How long nobody else sends what was claimed: all of a claim is over long before, though each answer comes after 15 seconds. */
export const SEND_LEASE_MS = 180_000;

/** Events looked at together, and how many such pages in a run. */
const EVENT_PAGE = 200;
const MAX_EVENT_PAGES = 20;

/** Messages claimed together, and sent side by side. */
const PER_CLAIM = 12;
const MESSAGES_SIDE_BY_SIDE = 4;
/** So many after one another that nobody answered, and the endpoint is left for this run; one that failed before is left at the first. */
const MAX_AWAY = 3;

/** What the endpoints of one run share. */
export interface DeliveryRun {
  readonly endsAt: number;
  readonly stopped: AbortSignal | null;
  /** Messages that may still be sent. */
  left: number;
  /** Those that one endpoint may have of them, by how many have something to send. */
  share: number;
}

/** Whether nothing more begins in it. */
export function isRunOver(deps: Deps, { endsAt, stopped, left }: DeliveryRun): boolean {
  return left <= 0 || stopped?.aborted === true || deps.now() >= endsAt;
}

/**
 * One endpoint's part of a run; false where others took all that the run may send. What goes wrong with it keeps no other; throws only
 * where the database is away.
 */
export async function serveEndpoint(deps: Deps, run: DeliveryRun, work: EndpointWork): Promise<boolean> {
  try {
    if (work.hasNew) await fanOutAll(deps, work);
    const sent = await sendDue(deps, run, work);
    return sent > 0 || !isRunOver(deps, run);
  } catch (error) {
    if (error instanceof DbError && error.kind === "unavailable") throw error;
    const { appId: app, endpointId: endpoint } = work;
    deps.log({ level: "error", work: "webhooks", app, endpoint, error: String(error) });
    return true;
  }
}

async function fanOutAll(deps: Deps, { appId, endpointId, ...work }: EndpointWork): Promise<void> {
  let { afterSeq, hasNew } = work;
  for (let page = 0; page < MAX_EVENT_PAGES && hasNew; page++) {
    const batch = fanOut(appId, { endpointId, afterSeq, page: EVENT_PAGE, now: deps.now() });
    ({ afterSeq, hasNew } = readCursor(await deps.db.batch(batch)));
  }
}

/** What the messages to one endpoint share. */
interface Line {
  readonly appId: string;
  readonly endpointId: string;
  readonly maxAway: number;
  /** After one another that nobody answered. */
  away: number;
  left: number;
  isDisabled: boolean;
}

/** How many it sent. */
async function sendDue(deps: Deps, run: DeliveryRun, { appId, endpointId, isFailing }: EndpointWork): Promise<number> {
  const line: Line = {
    appId,
    endpointId,
    maxAway: isFailing ? 1 : MAX_AWAY,
    away: 0,
    left: run.share,
    isDisabled: false,
  };
  while (!isLeft(deps, run, line)) {
    const limit = Math.min(PER_CLAIM, line.left, run.left);
    const seqs = await listDue(deps.db, appId, { endpointId, now: deps.now(), limit });
    if (seqs.length === 0 || !(await sendClaim(deps, { run, line, seqs, isFailing }))) break;
  }
  return run.share - line.left;
}

function isLeft(deps: Deps, run: DeliveryRun, { away, maxAway, left, isDisabled }: Line): boolean {
  return isRunOver(deps, run) || left <= 0 || isDisabled || away >= maxAway;
}

/** Whether anything was claimed: another runner may have it all. */
async function sendClaim(
  deps: Deps,
  { run, line, seqs, isFailing }: { run: DeliveryRun; line: Line; seqs: readonly number[]; isFailing: boolean },
): Promise<boolean> {
  const { appId, endpointId } = line;
  const lease = deps.newId("lease");
  const now = deps.now();
  const { claimed, target } = readClaimed(
    await deps.db.batch(claimDue(appId, { endpointId, seqs, lease, until: now + SEND_LEASE_MS, now })),
  );
  if (target === null || claimed.length === 0) return false;
  let isAnyLeft = false;
  const count = isFailing ? 1 : MESSAGES_SIDE_BY_SIDE;
  await sideBySide([{ count, items: claimed }], async (delivery) => {
    if (isLeft(deps, run, line)) isAnyLeft = true;
    else await send(deps, { run, line, target, delivery, lease });
  });
  if (isAnyLeft) await deps.db.batch([giveBack(appId, { endpointId, lease, now: deps.now() })]);
  return true;
}

async function send(
  deps: Deps,
  {
    run,
    line,
    target,
    delivery: { seq, object, tries },
    lease,
  }: { run: DeliveryRun; line: Line; target: WebhookTarget; delivery: ClaimedDelivery; lease: string },
): Promise<void> {
  const { appId, endpointId } = line;
  run.left -= 1;
  line.left -= 1;
  const body = await webhookBody(deps, appId, seq);
  assert(body !== null, "an event is never deleted");
  const attempt = await sendOnce(deps, target, { id: deliveryId(appId, seq), body, manual: false });
  line.away = isAway(attempt) ? line.away + 1 : 0;
  line.isDisabled ||= isGone(attempt);
  const now = deps.now();
  const retryAt = retryAtOf(deps, attempt, tries);
  await deps.db.batch(
    writeAttempt(
      appId,
      { endpointId, seq, object, lease, attempt, retryAt, isGone: isGone(attempt), now },
      { id: deps.newId("aud"), actor: "job", action: "webhook.disabled", object: endpointId, now },
    ),
  );
}

function retryAtOf(deps: Deps, { error }: WebhookAttempt, tries: number): number | null {
  if (error === null) return null;
  const [byte = 0] = deps.randomBytes(1);
  const wait = webhookWaitAfter(tries + 1, byte / 255);
  return wait === null ? null : deps.now() + wait;
}
