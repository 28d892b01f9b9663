import { pages } from "../../worker/pages/pages.ts";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { draftBulkChange } from "../../worker/services/affiliates/bulk-change.ts";
import { startBooksCheck } from "../../worker/services/books/run-books-check.ts";
import { shareStory } from "../../worker/services/explain/share-story.ts";
import { addCreator, setStatus } from "./creators.ts";
import { type PageAnswer, openVisitor, type Visitor } from "./visitor.ts";
import { befriend } from "./friend-stage.ts";
import { addFailingEndpoint, deliveryOf, endpointOf } from "./webhook-stage.ts";
import { announce, batchOf, dropOf, payoutOf, WAITING } from "./waiting.ts";
import type { TestApp, World } from "./world.ts";

/** Who may be in front of a page, by the names that the generated table has for them. */
export const PERSONS = [
  "signed out",
  "stranger",
  "owner",
  "other app's owner",
  "creator",
  "suspended creator",
  "operator",
] as const;
export type PersonName = (typeof PERSONS)[number];

export interface PageStage {
  readonly app: TestApp;
  readonly persons: Readonly<Record<PersonName, Visitor>>;
  /** Every page that there is, with a path of this stage's. */
  readonly paths: readonly PagePath[];
}

export interface PagePath {
  /** As it is mounted: `/apps/:appId/…`. */
  readonly pattern: string;
  readonly path: string;
}

/** An app with something of everything, and everybody who may come by a page of it. */
export async function openPageStage(world: World): Promise<PageStage> {
  const app = await world.newApp();
  const other = await world.newApp();
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: "owner@example.test" });
  await addOwner(world.deps, { actor: "operator", appId: other.id, email: "other@example.test" });
  await announce(world, app);
  await addFailingEndpoint(world, app);
  const paused = await addCreator(world, app, "paused", { email: "paused@example.test" });
  await setStatus(world, paused, "suspended");
  await befriend(world, app, { account: "acc_creator", id: redemptionOf(app) });
  const picked = { by: "hand", affiliates: [[app.id, app.affiliateId]] } as const;
  const draft = { action: "revoke", reason: "fraud", rateBps: null, picked } as const;
  const made = await draftBulkChange(world.deps, "operator", draft);
  if (!made.ok) throw new Error(made.failure.message);
  return {
    app,
    persons: {
      "signed out": openVisitor(world),
      stranger: await signedIn(world, "stranger@example.test"),
      owner: await signedIn(world, "owner@example.test"),
      "other app's owner": await signedIn(world, "other@example.test"),
      creator: await signedIn(world, "creator1@example.test"),
      "suspended creator": await signedIn(world, "paused@example.test"),
      operator: await signedIn(world, "operator@example.test"),
    },
    paths: pathsOf(world, app, {
      story: await storyOf(world, app),
      check: await checkOf(world),
      bulk: made.value.id,
    }),
  };
}

/** Whether a path is a page to look at: not a file to keep, nor the live part of one. */
export function isPage({ pattern }: PagePath): boolean {
  return !isLive({ pattern }) && !pattern.endsWith("csv");
}

/** Whether it goes on for as long as somebody listens. */
export function isLive({ pattern }: Pick<PagePath, "pattern">): boolean {
  return /\/live(?:\/|$)/.test(pattern);
}

/** What came of asking for a page, in a word. */
export function outcomeOf({ status, location }: Pick<PageAnswer, "status" | "location">): string {
  if (status === 200) return "page";
  if (status === 404) return "not there";
  if (location?.startsWith("/signin/confirm") === true) return "fresh code";
  if (location?.startsWith("/signin?next=") === true) return "sign in";
  return location === null ? String(status) : `→ ${location}`;
}

async function signedIn(world: World, email: string): Promise<Visitor> {
  const visitor = openVisitor(world);
  await visitor.signIn(email);
  return visitor;
}

/** A link to the story of a conversion, as its path. */
async function storyOf(world: World, app: TestApp): Promise<string> {
  const story = { subject: "conversion", id: WAITING, appId: app.id, affiliateId: app.affiliateId } as const;
  return new URL((await shareStory(world.deps, story)).url).pathname;
}

/** A check of the books that has ended. */
async function checkOf(world: World): Promise<string> {
  const check = await startBooksCheck(world.deps, { actor: "operator", appId: null });
  return check.ok ? check.value.id : "";
}

function pathsOf(world: World, app: TestApp, made: Made): readonly PagePath[] {
  const { routes } = pages(world.deps, { isUnavailable: () => false });
  const patterns = new Set(routes.filter(({ method }) => method === "GET").map(({ path }) => path));
  for (const file of FILES) patterns.delete(file);
  return [...patterns].map((pattern) => ({ pattern, path: pathOf(pattern, app, made) }));
}

/** Files that pages load, and a way to a page: no pages. */
const FILES = ["/assets/:file", "/docs/files/:file", "/docs/images/:file", "/docs/"];

/** What is made for its page alone. */
interface Made {
  /** A path. */
  readonly story: string;
  /** Ids. */
  readonly check: string;
  readonly bulk: string;
}

function pathOf(pattern: string, app: TestApp, { story, check, bulk }: Made): string {
  if (pattern.startsWith("/story/")) return story;
  return `${filled(pattern.replace(":checkId", check), app).replace("BULK", bulk)}${QUERIES[pattern] ?? ""}`;
}

/** What some pages are about is in their query. */
const QUERIES: Readonly<Record<string, string>> = {
  "/apps/:appId/affiliates/:id/status": "?to=suspended",
  "/apps/:appId/affiliates/:id/codes/retire": "?ref=creator1",
  "/apps/:appId/conversions/customers/erase": "?user_id=u0",
  "/apps/:appId/credits/account": "?id=acc_creator",
  "/apps/:appId/settings/team/remove": "?email=owner%40example.test",
  "/apps/:appId/activity/explain": "?user_id=u0",
  "/settings/affiliates/ledger/accounts": "?currency=usd",
};

function filled(pattern: string, app: TestApp): string {
  const ids: Readonly<Record<string, string>> = {
    appId: app.id,
    guide: "money",
    conversionId: WAITING,
    keyId: app.spareKeyId,
    batchId: batchOf(app, pattern.endsWith("/csv") ? "running" : "draft"),
    payoutId: payoutOf(app, "settled"),
    endpointId: endpointOf(app),
    eventId: deliveryOf(app),
    id: idOf(pattern, app),
  };
  return pattern.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? "");
}

/** Whose `:id` a pattern has, by what stands before it. */
function idOf(pattern: string, app: TestApp): string {
  if (pattern.includes("/bulk/:id")) return "BULK";
  if (pattern.includes("/affiliates/:id")) return app.affiliateId;
  if (pattern.includes("/conversions/:id")) return WAITING;
  if (pattern.includes("/credits/:id")) return redemptionOf(app);
  if (pattern.includes("/payout/:id")) return payoutOf(app, "settled");
  return String(dropOf(app));
}

function redemptionOf(app: TestApp): string {
  return `rdm_${app.id.slice("app_".length)}`;
}
