import type { Deps } from "../../deps.ts";
import { readSetting, writeSetting } from "../../store/setting-store.ts";
import { type EndpointPlace, type EndpointWork, walkEndpoints } from "../../store/webhook-store.ts";
import { type DeliveryRun, isRunOver, serveEndpoint } from "./serve-endpoint.ts";
import { sideBySide } from "./side-by-side.ts";

/** How long a run begins to send: the next one is a minute away at most. */
const RUN_MS = 30_000;

/** Endpoints looked at together, and how many such pages a run reads. */
const WALK_PAGE = 200;
const MAX_WALK_PAGES = 10;
/** The endpoint that a run ended after, where it did not come to the end: the next one goes on from there. */
const WALK_SETTING = "webhook_walk";
const FIRST: EndpointPlace = { appId: "", endpointId: "" };

/** Endpoints that are served side by side: with four messages to each, and one to each that fails, 36 at most. */
const SIDE_BY_SIDE = 8;
const FAILING_SIDE_BY_SIDE = 4;
/** Where many have something to send, none takes more of what a run may send than a fifth. */
const SHARE_OF_RUN = 5;

/** Which endpoints: those that take what they are sent, those that do not, or all. One that is silent for 15 seconds keeps no other waiting. */
export type DeliveryLane = "well" | "failing" | "all";

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
  const run: DeliveryRun = { endsAt: deps.now() + RUN_MS, stopped, left: deps.webhookSends, share: 1 };
  const setting = `${WALK_SETTING}.${lane}`;
  const begun = await readSetting(deps.db, setting);
  const end = await walk(deps, { run, lane, from: placeOf(begun) });
  const place = end === null ? "" : `${end.appId} ${end.endpointId}`;
  if (place !== (begun ?? "")) await deps.db.batch([writeSetting(setting, place)]);
}

/** The place that the next run goes on after; null where all were served. */
async function walk(
  deps: Deps,
  { run, lane, from }: { run: DeliveryRun; lane: DeliveryLane; from: EndpointPlace },
): Promise<EndpointPlace | null> {
  let after = from;
  for (let page = 0; page < MAX_WALK_PAGES; page++) {
    const found = await walkEndpoints(deps.db, { after, now: deps.now(), limit: WALK_PAGE });
    const busy = found.filter((work) => isOfLane(work, lane));
    const left = await servePage(deps, run, busy);
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
async function servePage(deps: Deps, run: DeliveryRun, busy: readonly EndpointWork[]): Promise<EndpointWork | null> {
  const left = new Set<EndpointWork>();
  const sharers = Math.min(SHARE_OF_RUN, Math.max(1, busy.length));
  run.share = Math.max(1, Math.ceil(deps.webhookSends / sharers));
  const lines = [
    { count: SIDE_BY_SIDE, items: busy.filter(({ isFailing }) => !isFailing) },
    { count: FAILING_SIDE_BY_SIDE, items: busy.filter(({ isFailing }) => isFailing) },
  ];
  await sideBySide(lines, async (work) => {
    if (isRunOver(deps, run) || !(await serveEndpoint(deps, run, work))) left.add(work);
  });
  return busy.find((work) => left.has(work)) ?? null;
}

function placeOf(setting: string | null): EndpointPlace {
  const [appId = "", endpointId = ""] = (setting ?? "").split(" ");
  return setting === null ? FIRST : { appId, endpointId };
}
