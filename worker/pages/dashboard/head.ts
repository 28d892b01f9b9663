import type { Context } from "hono";
import type { Access } from "../../services/programs/authorize.ts";
import { authorityOver } from "../../services/accounts/app-authority.ts";
import { DASHBOARD } from "../../texts/dashboard.ts";
import type { PageHead } from "../components/page.tsx";
import type { Tab } from "../components/tabs.tsx";
import { type PageEnv, personOf } from "../context.ts";

/** The pages of an app, as its tabs name them. */
export type AppTab = keyof typeof PATHS;
/** The pages below the tab of the settings. */
export type SettingsTab = keyof typeof SETTINGS_PATHS;

const PATHS = {
  overview: "",
  affiliates: "/affiliates",
  conversions: "/conversions",
  payouts: "/payouts",
  credits: "/credits",
  activity: "/activity",
  settings: "/settings",
} as const;

const SETTINGS_PATHS = {
  program: "/settings",
  trust: "/settings/trust",
  joining: "/settings/joining",
  credits: "/settings/credits",
  payouts: "/settings/payouts",
  stripe: "/settings/stripe",
  keys: "/settings/keys",
  webhooks: "/settings/webhooks",
  mails: "/settings/mails",
  team: "/settings/team",
} as const;

const ACTIVITY_PATHS = {
  log: "/activity",
  events: "/activity/events",
  explain: "/activity/explain",
  audit: "/activity/audit",
} as const;
const CONVERSION_PATHS = { all: "/conversions", review: "/conversions/review" } as const;

/** Where an app's pages are; `path` begins with a slash or is empty. */
export function appPath(appId: string, path: string): string {
  return `/apps/${appId}${path}`;
}

/** The head of a page of the app that the request is for, with its tabs. */
export function appHead(c: Context<PageEnv>, current: AppTab, head: Omit<PageHead, "within">): PageHead {
  const { id, name } = c.get("app");
  const all = tabsOf(id, PATHS, DASHBOARD.tabs, current);
  const closed = c.get("managesAffiliates") ? null : appPath(id, PATHS.affiliates);
  const tabs = all.filter(({ href }) => href !== closed);
  return { ...head, within: { name, href: appPath(id, ""), tabs } };
}

/** The same for a page below the settings. */
export function settingsHead(
  c: Context<PageEnv>,
  current: SettingsTab,
  head: Omit<PageHead, "within" | "subtabs">,
): PageHead {
  const subtabs = tabsOf(c.get("app").id, SETTINGS_PATHS, DASHBOARD.settingsTabs, current);
  return appHead(c, "settings", { ...head, subtabs });
}

/** The same for a page below the activity. */
export function activityHead(
  c: Context<PageEnv>,
  current: keyof typeof ACTIVITY_PATHS,
  head: Omit<PageHead, "within" | "subtabs">,
): PageHead {
  const subtabs = tabsOf(c.get("app").id, ACTIVITY_PATHS, DASHBOARD.activityTabs, current);
  return appHead(c, "activity", { ...head, subtabs });
}

/** The same for a page below the conversions. */
export function conversionsHead(
  c: Context<PageEnv>,
  current: keyof typeof CONVERSION_PATHS,
  head: Omit<PageHead, "within" | "subtabs">,
): PageHead {
  const subtabs = tabsOf(c.get("app").id, CONVERSION_PATHS, DASHBOARD.conversionTabs, current);
  return appHead(c, "conversions", { ...head, subtabs });
}

/** The signed-in person's authority over the app of this page. */
export function accessOf(c: Context<PageEnv>): Access {
  return authorityOver(personOf(c), c.get("app").id);
}

function tabsOf<Name extends string>(
  appId: string,
  paths: Readonly<Record<Name, string>>,
  labels: Readonly<Record<Name, string>>,
  current: Name,
): readonly Tab[] {
  const names = Object.keys(paths) as Name[];
  return names.map((name) => ({ href: appPath(appId, paths[name]), label: labels[name], current: name === current }));
}
