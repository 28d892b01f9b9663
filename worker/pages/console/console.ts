import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import type { PageEnv } from "../context.ts";
import { consoleGuards, type ConsoleGuards } from "./access.ts";
import { auditPages } from "./audit.tsx";
import { mailPages } from "./deliveries.tsx";
import { healthPages } from "./health.tsx";
import { allAffiliatePages } from "./affiliates.tsx";
import { consoleAppPages } from "./apps.tsx";
import { bulkPages } from "./bulk.tsx";
import { accountPages } from "./accounts.tsx";
import { bookedConversionPages } from "./booked-conversion.tsx";
import { consoleExplainPages } from "./explain.tsx";
import { feePages } from "./fees.tsx";
import { ledgerPages } from "./ledger.tsx";
import { overviewPages } from "./overview.tsx";
import { payoutPages } from "./payouts.tsx";
import { stripeInboxPages } from "./stripe.tsx";
import { webhookTroublePages } from "./webhooks.tsx";

/** `/settings/affiliates`: the operator's console, over all apps. Each path names its own guard. */
export function consolePages(deps: Deps): Hono<PageEnv> {
  const guards = consoleGuards(deps);
  const routes = new Hono<PageEnv>();
  for (const pages of PAGES) routes.route("/", pages(deps, guards));
  return routes;
}

const PAGES: readonly ((deps: Deps, guards: ConsoleGuards) => Hono<PageEnv>)[] = [
  overviewPages,
  payoutPages,
  mailPages,
  webhookTroublePages,
  stripeInboxPages,
  healthPages,
  auditPages,
  allAffiliatePages,
  bulkPages,
  consoleAppPages,
  ledgerPages,
  accountPages,
  bookedConversionPages,
  feePages,
  consoleExplainPages,
];
