import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { deliveryId } from "../../domain/event-id.ts";
import { webhookWaitAfter } from "../../domain/webhook-schedule.ts";
import { DbError } from "../../store/db.ts";
import { readSetting, writeSetting } from "../../store/setting-store.ts";
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
import { type EndpointPlace, type EndpointWork, walkEndpoints, type WebhookTarget } from "../../store/webhook-store.ts";
import { isAway, isGone, sendOnce } from "./send-once.ts";
import { webhookBody } from "./webhook-body.ts";

/** How long nobody else sends what was claimed: all of a claim is over long before, though each answer comes after 15 seconds. */
export const SEND_LEASE_MS = 180_000;
/** How long a run begins to send: the next one is a minute away at most. */
const RUN_MS = 30_000;

/** Endpoints looked at together, and how many such pages a run reads. */
const WALK_PAGE = 200;
const MAX_WALK_PAGES = 10;
/** The endpoint that a run ended after, where it did not come to the end: the next one goes on from there. */
const WALK_SETTING = "webhook_walk";
const FIRST: EndpointPlace = { appId: "", endpointId: "" };

/** Events looked at together for an endpoint, and how many such pages in a run. */
const EVENT_PAGE = 200;
const MAX_EVENT_PAGES = 20;

/** Endpoints that are served side by side, and messages side by side to each: with the failing ones 36 at most. */
const SIDE_BY_SIDE = 8;
const FAILING_SIDE_BY_SIDE = 4;
const MESSAGES_SIDE_BY_SIDE = 4;
/** Messages claimed together. */
const PER_CLAIM = 12;
/** No endpoint takes more of what a run may send. */
const SHARE_OF_RUN = 5;
/** So many after one another that nobody answered, and the endpoint is left for this run; one that failed before is left at the first. */
const MAX_AWAY = 3;

/** Which endpoints: those that take what they are sent, those that do not, or all. One that is silent for 15 seconds keeps no other waiting. */
export type DeliveryLane = "well" | "failing" | "all";

/** What the endpoints of one run share. */
interface Run {
  readonly endsAt: number;
  readonly stopped: AbortSignal | null;
  /** Messages that may still be sent. */
  left: number;
  readonly share: number;
}

/**
 * One run of the job that sends webhooks: it writes a delivery for each event an endpoint asks for, and sends what is due, in the order
 * of events per object. What is sent and not written down, because a runner ended in between, is sent again under the same id. A run
 * begins nothing after 30 seconds, after `deps.webhookSends` messages, or once it is `stopped`; the next one goes on with the endpoint
 * that would have been next. An endpoint that fails keeps no other. Throws DbError when the database is away.
 */
export async function deliverWebhooks(
  deps: Deps,
  { lane = "all", stopped = null }: { readonly lane?: DeliveryLane; readonly stopped?: AbortSignal | null } = {},
): Promise<void> {
  const share = Math.max(1, Math.ceil(deps.webhookSends / SHARE_OF_RUN));
  const run: Run = { endsAt: deps.now() + RUN_MS, stopped, left: deps.webhookSends, share };
  const setting = `${WALK_SETTING}.${lane}`;
  const begun = await readSetting(deps.db, setting);
  const end = await walk(deps, { run, lane, from: placeOf(begun) });
  const place = end === null ? "" : `${end.appId} ${end.endpointId}`;
  if (place !== (begun ?? "")) await deps.db.batch([writeSetting(setting, place)]);
}

/** The place that the next run goes on after; null where all were served. */
async function walk(
  deps: Deps,
  { run, lane, from }: { run: Run; lane: DeliveryLane; from: EndpointPlace },
): Promise<EndpointPlace | null> {
  let after = from;
  for (let page = 0; page < MAX_WALK_PAGES; page++) {
    const found = await walkEndpoints(deps.db, { after, now: deps.now(), limit: WALK_PAGE });
    const left = await servePage(
      deps,
      run,
      found.filter((work) => isOfLane(work, lane)),
    );
    if (left !== null) return found[found.indexOf(left) - 1] ?? after;
    const last = found.at(-1);
    if (last === undefined || found.length < WALK_PAGE) return null;
    after = last;
  }
  return after;
}

function isOfLane({ hasNew, hasDue, isFailing }: EndpointWork, lane: DeliveryLane): boolean {
  return (hasNew || hasDue) && (lane === "all" || isFailing === (lane === "failing"));
}

/** Serves endpoints as long as the run goes on; the first that it did not come to, or null. */
async function servePage(deps: Deps, run: Run, busy: readonly EndpointWork[]): Promise<EndpointWork | null> {
  const left = new Set<EndpointWork>();
  const visit = async (work: EndpointWork) => {
    if (isOver(deps, run) || !(await serve(deps, run, work))) left.add(work);
  };
  const [failing, well] = [busy.filter(({ isFailing }) => isFailing), busy.filter(({ isFailing }) => !isFailing)];
  await allOf([...lanes(SIDE_BY_SIDE, well, visit), ...lanes(FAILING_SIDE_BY_SIDE, failing, visit)]);
  return busy.find((work) => left.has(work)) ?? null;
}

function placeOf(setting: string | null): EndpointPlace {
  const [appId = "", endpointId = ""] = (setting ?? "").split(" ");
  return setting === null ? FIRST : { appId, endpointId };
}

function isOver(deps: Deps, { endsAt, stopped, left }: Run): boolean {
  return left <= 0 || stopped?.aborted === true || deps.now() >= endsAt;
}

/** Works off a list by so many at once. */
function lanes<T>(count: number, items: readonly T[], work: (item: T) => Promise<void>): readonly Promise<void>[] {
  const waiting = items.values();
  return Array.from({ length: Math.min(count, items.length) }, async () => {
    for (const item of waiting) await work(item);
  });
}

/** All of them come to their end before the first that failed is thrown: nothing is left under way. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(work);
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/**
 * One endpoint's part of a run; false where others took all that the run may send. What goes wrong with it keeps no other; throws only
 * where the database is away.
 */
async function serve(deps: Deps, run: Run, work: EndpointWork): Promise<boolean> {
  try {
    if (work.hasNew) await fanOutAll(deps, work);
    const sent = await sendDue(deps, run, work);
    return sent > 0 || !isOver(deps, run);
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
async function sendDue(deps: Deps, run: Run, { appId, endpointId, isFailing }: EndpointWork): Promise<number> {
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

function isLeft(deps: Deps, run: Run, { away, maxAway, left, isDisabled }: Line): boolean {
  return isOver(deps, run) || left <= 0 || isDisabled || away >= maxAway;
}

/** Whether anything was claimed: another runner may have it all. */
async function sendClaim(
  deps: Deps,
  { run, line, seqs, isFailing }: { run: Run; line: Line; seqs: readonly number[]; isFailing: boolean },
): Promise<boolean> {
  const { appId, endpointId } = line;
  const lease = deps.newId("lease");
  const now = deps.now();
  const { claimed, target } = readClaimed(
    await deps.db.batch(claimDue(appId, { endpointId, seqs, lease, until: now + SEND_LEASE_MS, now })),
  );
  if (target === null || claimed.length === 0) return false;
  let isAnyLeft = false;
  await allOf(
    lanes(isFailing ? 1 : MESSAGES_SIDE_BY_SIDE, claimed, async (delivery) => {
      if (isLeft(deps, run, line)) isAnyLeft = true;
      else await send(deps, { run, line, target, delivery, lease });
    }),
  );
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
  }: { run: Run; line: Line; target: WebhookTarget; delivery: ClaimedDelivery; lease: string },
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
