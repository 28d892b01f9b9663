import { Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import type { PageEnv } from "../../context.ts";
import { affiliateChangePages } from "./affiliate-changes.tsx";
import { affiliateListPages } from "./affiliates.tsx";
import { affiliatePages } from "./affiliate.tsx";
import { auditPages } from "./audit.tsx";
import { batchPages } from "./batch.tsx";
import { conversionPages } from "./conversions.tsx";
import { customerPages } from "./customers.tsx";
import { explainPages } from "./explain.tsx";
import { feeStatementPages } from "./fees.tsx";
import { invitationPages } from "./invitations.tsx";
import { payoutPages } from "./payout.tsx";
import { ownerPlace } from "./payout-place.ts";
import { payoutListPages } from "./payouts.tsx";
import { reviewPages } from "./review.tsx";

/** The pages of an app's owner about what its program does: creators, conversions, payouts, and why. */
export function programPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const payouts = ownerPlace(deps);
  // Names before ids: `invite` is no creator, `review` no conversion, `payout` and `fees` no batch.
  routes.route("/", affiliateListPages(deps));
  routes.route("/", invitationPages(deps));
  routes.route("/", affiliateChangePages(deps));
  routes.route("/", affiliatePages(deps));
  routes.route("/", reviewPages(deps));
  routes.route("/", customerPages(deps));
  routes.route("/", conversionPages(deps));
  routes.route("/", payoutListPages(deps, payouts));
  routes.route("/", feeStatementPages(deps));
  routes.route("/", payoutPages(deps, payouts));
  routes.route("/", batchPages(deps, payouts));
  routes.route("/", explainPages(deps));
  routes.route("/", auditPages(deps));
  return routes;
}
