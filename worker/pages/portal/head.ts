import type { Context } from "hono";
import type { AffiliateOfApp } from "../../services/affiliates/read-affiliates.ts";
import { PORTAL } from "../../texts/portal.ts";
import type { PageHead } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";

export type PortalTab = keyof typeof PATHS;

const PATHS = {
  overview: "",
  commissions: "/commissions",
  payouts: "/payouts",
  statements: "/statements",
  method: "/payout-method",
  credits: "/credits",
} as const;

/** Where a program's pages for its creators are; `path` begins with a slash or is empty. */
export function portalPath(appId: string, path: string): string {
  return `/referrals/${appId}${path}`;
}

/** The head of a page of the program that the request is for, with its tabs. */
export function portalHead(c: Context<PageEnv>, current: PortalTab, head: Omit<PageHead, "within">): PageHead {
  const { id, name } = c.get("app");
  const all = Object.keys(PATHS) as PortalTab[];
  const names = c.get("friendAccount") === null ? all.filter((tab) => tab !== "credits") : all;
  const tabs = names.map((tab) => ({
    href: portalPath(id, PATHS[tab]),
    label: PORTAL.tabs[tab],
    current: tab === current,
  }));
  return { ...head, within: { name, href: portalPath(id, ""), tabs } };
}

/** Whose page it is, as services take it. */
export function creatorOf(c: Context<PageEnv>): AffiliateOfApp {
  return { app: c.get("app"), affiliate: c.get("affiliate") };
}
