import { readFileSync } from "node:fs";
import type { Browser, BrowserContextOptions, Page, Route } from "playwright-core";
import { newVisitor } from "./browser.ts";

const HOST = "https://app.example.test";
const LINKS = "https://links.test";

/** The policy that docs/friend-credits.md asks a page for, and nothing beyond it. */
const POLICY = `default-src 'none'; require-trusted-types-for 'script'; ${
  /^Content-Security-Policy: (.+)$/m.exec(readFileSync("docs/friend-credits.md", "utf8"))?.[1] ?? ""
}`.replaceAll("https://links.example.com", LINKS);

/** One call of the element to our API: what it asked for, with which token. */
export interface FriendCall {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body: unknown;
}

interface Scripted {
  readonly status?: number;
  readonly body: unknown;
}

export type Answers = Readonly<Record<string, (call: FriendCall) => Scripted>>;

export interface FriendPage {
  readonly page: Page;
  readonly calls: FriendCall[];
  /** How often the page's backend was asked for a token. */
  readonly tokens: () => number;
  /** What was thrown into the page, and printed as an error there. */
  readonly complaints: string[];
  /** The events of the element, as `name detail`. */
  readonly events: () => Promise<readonly string[]>;
}

export interface FriendPageOptions {
  readonly script: string;
  readonly answers?: Answers;
  readonly body?: string;
  readonly lang?: string;
  readonly visitor?: BrowserContextOptions;
  /** What the token route answers. */
  readonly token?: (asked: number) => Scripted;
}

export const ELEMENT = '<agentlinks-referrals token-url="/referral-token"></agentlinks-referrals>';

/** A page of a host with the element in it, whose backend and whose AgentLinks are made up: no request leaves the browser. */
export async function openFriendPage(browser: Browser, options: FriendPageOptions): Promise<FriendPage> {
  const { script, answers = {}, body = ELEMENT, lang = "en", visitor = {}, token = tokenNumber } = options;
  const context = await newVisitor(browser, { permissions: ["clipboard-read", "clipboard-write"], ...visitor });
  const page = await context.newPage();
  const calls: FriendCall[] = [];
  const complaints: string[] = [];
  let tokens = 0;
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.route("**", async (route) => {
    const { pathname, search } = new URL(route.request().url());
    if (pathname === "/referrals.js") return route.fulfill({ contentType: "text/javascript", body: script });
    if (pathname === "/recorder.js") return route.fulfill({ contentType: "text/javascript", body: RECORDER });
    if (pathname === "/own.js") return route.fulfill({ contentType: "text/javascript", body: ownScript(search) });
    if (pathname === "/referral-token") return answer(route, token((tokens += 1)));
    if (pathname.startsWith("/api/v1/")) {
      const call = callOf(route);
      if (call.method !== "OPTIONS") calls.push(call);
      return answer(route, scripted({ ...ANSWERS, ...answers }, call));
    }
    const html = `<!doctype html><html lang="${lang}"><title>Page</title><meta name="viewport" content="width=device-width">
      <script src="${LINKS}/recorder.js"></script><script src="${LINKS}/referrals.js" async></script>
      <main><h1>Your account</h1>${body}</main></html>`;
    return route.fulfill({
      contentType: "text/html",
      headers: { "content-security-policy": POLICY },
      body: html,
    });
  });
  await page.goto(`${HOST}/account`);
  const events = async (): Promise<readonly string[]> => page.evaluate("window.heard");
  return { page, calls, tokens: () => tokens, complaints, events };
}

/** Entries of a history: the newest first, the newest of them waiting. */
export function friends(count: number): readonly unknown[] {
  return Array.from({ length: count }, (_, index) => ({
    referred_account_id: `user_${count - index}`,
    referred_at: `2026-11-${String(25 - (index % 20)).padStart(2, "0")}T10:00:00.000Z`,
    status: index === 0 ? "pending" : "successful",
    credits_awarded: index === 0 ? 0 : 100,
  }));
}

const FRIENDS = friends(23);

/** What AgentLinks says where a test does not say otherwise. */
export const ANSWERS: Answers = {
  "GET referrals/code": () => ({
    body: { referral_code: "K7WQ2M", referral_url: "https://app.example.test/auth?ref=K7WQ2M" },
  }),
  "GET referrals/stats": () => ({
    body: {
      referral_code: "K7WQ2M",
      total_referrals: 23,
      successful_referrals: 22,
      total_credits_earned: 2_200,
      remaining_earnable_credits: 7_800,
      max_earnable_credits: 10_000,
      has_reached_limit: false,
      last_referral_at: "2026-11-25T10:00:00.000Z",
    },
  }),
  "GET referrals/history": ({ path }) => {
    const query = new URL(path, LINKS).searchParams;
    const offset = Number(query.get("offset"));
    return { body: FRIENDS.slice(offset, offset + Number(query.get("limit"))) };
  },
  "GET credits": () => ({ body: { balance: 1_750, earned: 2_200, spent: 450, revoked: 0, entries: [] } }),
  "POST referrals/send-bulk": ({ body }) => {
    const { emails } = body as { readonly emails: readonly string[] };
    const results = emails.map((email) =>
      email.includes("@")
        ? { email, success: true, message: "Email sent successfully" }
        : { email, success: false, message: "Invalid email address" },
    );
    const count = results.filter(({ success }) => success).length;
    return { body: { success: count > 0, message: "", results, success_count: count, total_count: results.length } };
  },
  "POST referrals/refresh": () => ({ body: { success: true, old_code: "K7WQ2M", new_code: "NEW234", message: "" } }),
};

/** A policy that lets through our host's scripts alone has no place for one in the page. */
const RECORDER = `window.heard = [];
for (const name of ["ready", "copied", "shared", "invited", "refreshed", "error"])
  document.addEventListener("agentlinks:" + name, ({ detail }) => heard.push(name + " " + JSON.stringify(detail)));
window.before = [];
before = Object.getOwnPropertyNames(window);`;

/** The query is what the page calls its friends. */
function ownScript(search: string): string {
  return `document.querySelector("agentlinks-referrals").friendName = ${decodeURIComponent(search.slice(1))};`;
}

function tokenNumber(asked: number): Scripted {
  return { body: { token: `token_${asked}`, expires_at: "2026-11-27T09:00:00.000Z" } };
}

function callOf(route: Route): FriendCall {
  const request = route.request();
  const { pathname, search } = new URL(request.url());
  return {
    method: request.method(),
    path: pathname.slice("/api/v1/".length) + search,
    token: request.headers()["authorization"]?.slice("Bearer ".length) ?? "",
    body: request.postDataJSON(),
  };
}

function scripted(answers: Answers, call: FriendCall): Scripted {
  if (call.method === "OPTIONS") return { status: 204, body: "" };
  const found = answers[`${call.method} ${call.path.split("?", 1)[0]}`];
  return found?.(call) ?? { status: 404, body: { error: { code: "not_found", message: "No such route." } } };
}

async function answer(route: Route, { status = 200, body }: Scripted): Promise<void> {
  await route.fulfill({
    status,
    headers: { "access-control-allow-origin": "*", "access-control-allow-headers": "authorization, content-type" },
    ...(status === 204 ? {} : { contentType: "application/json", body: JSON.stringify(body) }),
  });
}
