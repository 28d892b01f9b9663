import { Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import type { PageEnv } from "../../context.ts";
import { activityPages } from "./activity.tsx";
import { appsPages } from "./apps.tsx";
import { guardsOf } from "./guards.ts";
import { overviewPages } from "./overview.tsx";
import { joiningSettings } from "./settings-joining.tsx";
import { creditSettings } from "./settings-credits.tsx";
import { keySettings } from "./settings-keys.tsx";
import { mailSettings } from "./settings-mails.tsx";
import { payoutSettings } from "./settings-payouts.tsx";
import { programSettings } from "./settings-program.tsx";
import { stripeSettings } from "./settings-stripe.tsx";
import { teamSettings } from "./settings-team.tsx";
import { trustSettings } from "./settings-trust.tsx";
import { tagPages } from "./tag.tsx";

/** An owner's pages for making an app, setting it up and watching it. Each path names its own guard. */
export function setupPages(deps: Deps): Hono<PageEnv> {
  const guards = guardsOf(deps);
  const routes = new Hono<PageEnv>();
  // Before the pages of one app: `new` is no id.
  routes.route("/", appsPages(deps));
  for (const pages of PAGES_OF_AN_APP) routes.route("/", pages(deps, guards));
  return routes;
}

const PAGES_OF_AN_APP = [
  overviewPages,
  tagPages,
  activityPages,
  programSettings,
  trustSettings,
  joiningSettings,
  creditSettings,
  payoutSettings,
  stripeSettings,
  keySettings,
  mailSettings,
  teamSettings,
];
