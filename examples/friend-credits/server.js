/**
 * An app that gives its users a referral program: `node examples/friend-credits/server.js`, with AGENTLINKS_URL, AGENTLINKS_KEY
 * (a secret key of your app) and AGENTLINKS_APP (its id). Users and sessions are kept in memory, as no real app would.
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createToken, creditsOf, redeem, spend } from "./agentlinks.js";
import { accountPage, policyFor, signUpPage, STYLE } from "./pages.js";

const LINKS = process.env.AGENTLINKS_URL ?? "http://127.0.0.1:8787";
const APP = process.env.AGENTLINKS_APP ?? "";
const NOTEBOOK_CREDITS = 60;
const MAX_BODY_BYTES = 16_384;

/** Users by session. */
const sessions = new Map();

const ROUTES = {
  "GET /": async ({ user, query }) => {
    if (!user) return redirect("/auth");
    const balance = await creditsOf(user).catch(() => null);
    return page(accountPage({ links: LINKS, user, balance, notice: NOTICES[query.get("notice")] }));
  },

  // Where shared links lead: the script keeps the code of `?ref=` in the cookie `agentlinks_ref`.
  "GET /auth": ({ query }) => page(signUpPage({ links: LINKS, appId: APP, code: query.get("ref") ?? "" })),

  "POST /signup": async ({ form, cookies }) => {
    const user = { id: `user_${randomUUID()}`, email: form.get("email") ?? "" };
    const session = randomUUID();
    sessions.set(session, user);
    // Typed by hand, or from the link. It is the last step: the account is there already, and stays.
    const code = form.get("code") || cookies.agentlinks_ref;
    const redeemed = code ? await redeem(user, code) : { success: false };
    return redirect(redeemed.success ? "/?notice=welcome" : "/", {
      "Set-Cookie": `session=${session}; Path=/; HttpOnly; SameSite=Lax`,
    });
  },

  // The page's script asks for it; SameSite keeps other sites from doing so.
  "POST /referral-token": async ({ user }) => (user ? json(200, await createToken(user)) : json(401, {})),

  "POST /checkout": async ({ user, form }) => {
    if (!user) return redirect("/auth");
    const reference = `order_${form.get("order")}`;
    const isPaid = await spend(user, NOTEBOOK_CREDITS, reference).then(
      () => true,
      () => false,
    );
    return redirect(isPaid ? "/?notice=paid" : "/?notice=unpaid");
  },

  "GET /style.css": () => ({ status: 200, headers: { "Content-Type": "text/css" }, body: STYLE }),
};

const NOTICES = {
  welcome: "Welcome! You and your friend have got credits.",
  paid: "Paid with your credits.",
  unpaid: "These are more credits than you have.",
};

const server = createServer((request, response) => void serve(request, response));
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`Jotter is running on http://localhost:${server.address().port}`);
});

async function serve(request, response) {
  const { status, headers, body } = await answerTo(request).catch((error) => {
    console.error(error);
    return json(500, {});
  });
  response.writeHead(status, headers).end(body);
}

async function answerTo(request) {
  const { pathname, searchParams: query } = new URL(request.url, "http://localhost");
  const route = ROUTES[`${request.method} ${pathname}`];
  if (!route) return json(404, {});
  const cookies = Object.fromEntries((request.headers.cookie ?? "").split("; ").map((pair) => pair.split("=", 2)));
  const form = new URLSearchParams(request.method === "POST" ? await bodyOf(request) : "");
  return route({ query, cookies, form, user: sessions.get(cookies.session) });
}

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) throw new Error("The body is too large.");
  }
  return text;
}

function page(markup) {
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policyFor(LINKS) };
  return { status: 200, headers, body: String(markup) };
}

function json(status, value) {
  return { status, headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) };
}

function redirect(location, headers = {}) {
  return { status: 303, headers: { Location: location, ...headers }, body: "" };
}
