import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { promoterAccess, signedIn } from "../access.ts";
import type { PageEnv } from "../context.ts";
import { cashOutPages } from "./cash-out.tsx";
import { commissionPages } from "./commissions.tsx";
import { overviewPages } from "./overview.tsx";
import { creditPages } from "./credits.tsx";
import { friendSide } from "./friend-side.ts";
import { methodPages } from "./payout-method.tsx";
import { payoutPages } from "./payouts.tsx";
import { programPages } from "./programs.tsx";
import { statementPages } from "./statements.tsx";

/** `/referrals…`: what a creator promotes, earns and is paid. */
export function portalPages(deps: Deps) {
  const routes = new Hono<PageEnv>();
  // Each star stands for what is below and for the path itself.
  routes.use("/referrals/*", signedIn());
  routes.use("/referrals/:appId/*", promoterAccess(deps), friendSide(deps));
  routes.route("/referrals", programPages(deps));
  for (const pages of PAGES_OF_A_PROGRAM) {
    routes.route("/referrals/:appId", pages(deps));
  }
  return routes;
}

const PAGES_OF_A_PROGRAM = [
  overviewPages,
  commissionPages,
  payoutPages,
  statementPages,
  methodPages,
  cashOutPages,
  creditPages,
];
