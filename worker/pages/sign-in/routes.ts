import { type Context, Hono } from "hono";
import { deleteCookie } from "hono/cookie";
import type { Deps } from "../../deps.ts";
import type { Failure } from "../../domain/result.ts";
import { hasSecureCookies, sessionCookieName } from "../../services/accounts/auth.ts";
import { readMyApps } from "../../services/accounts/read-my-apps.ts";
import { readMyPrograms } from "../../services/accounts/read-my-programs.ts";
import { signOut } from "../../services/accounts/sign-out.ts";
import { countCall } from "../../services/limits/count-call.ts";
import { SIGN_IN } from "../../texts/sign-in.ts";
import { parseCode, parseEmail } from "../../wire/sign-in.ts";
import { signedIn } from "../access.ts";
import { type PageEnv, personOf } from "../context.ts";
import { ownPath } from "../own-path.ts";
import { mailRefusal, pageRefusal } from "../refusal.tsx";
import { askForCode, enterCode } from "./codes.ts";
import { type Flow, readFlow } from "./flow-cookie.ts";
import { accountPage, codePage, confirmPage, signInPage, startPage } from "./views.tsx";

const { signIn: words, code: codeWords } = SIGN_IN;

const NOTICES: Readonly<Record<string, string>> = { out: words.signedOut, everywhere: words.signedOutEverywhere };

/** `/`, `/signin…`, `/signout…`, `/account`: who somebody is, by a code that is mailed to them, and where that takes them. */
export function signInPages(deps: Deps) {
  const routes = new Hono<PageEnv>();

  routes.get("/", async (c) => {
    const person = c.get("person");
    if (person === null) return c.redirect("/signin", 303);
    const [owned, programs] = await Promise.all([
      person.isOperator ? null : readMyApps(deps, person, { after: null, limit: 1 }),
      readMyPrograms(deps, person),
    ]);
    if (owned === null || owned.length > 0) return c.redirect("/apps", 303);
    if (programs.length > 0) return c.redirect("/referrals", 303);
    const mayCreate = deps.config.appCreation === "open";
    return startPage(c, { mayCreate, publicUrl: deps.config.publicUrl });
  });

  routes.get("/signin", (c) => {
    const next = ownPath(c.req.query("next"));
    if (c.get("person") !== null) return c.redirect(next, 303);
    return signInPage(c, { email: "", next, notice: NOTICES[c.req.query("done") ?? ""] });
  });

  routes.post("/signin", async (c) => {
    const form = await c.req.parseBody();
    const [email, next] = [parseEmail(form["email"]), ownPath(form["next"])];
    if (email === null) {
      const typed = typeof form["email"] === "string" ? form["email"] : "";
      return signInPage(c, { email: typed, next, problem: wrong(c, words.badEmail) });
    }
    const sent = await send(c, { email, next });
    if (sent !== null) return sent;
    return c.redirect(form["again"] === undefined ? "/signin/code" : "/signin/code?done=sent", 303);
  });

  routes.get("/signin/code", async (c) => {
    const flow = await readFlow(c, deps);
    if (flow === null) return c.redirect("/signin", 303);
    const notice = c.req.query("done") === "sent" ? codeWords.sentAgain : undefined;
    return codePage(c, { ...flow, notice });
  });

  routes.post("/signin/code", async (c) => {
    const flow = await readFlow(c, deps);
    if (flow === null) return c.redirect("/signin", 303);
    const problem = await enter(c, flow);
    if (problem instanceof Response) return problem;
    if (problem !== null) return codePage(c, { ...flow, problem });
    return c.redirect(flow.next, 303);
  });

  routes.use("/signin/confirm", signedIn());

  routes.get("/signin/confirm", (c) => {
    return confirmPage(c, { next: ownPath(c.req.query("next")), isSent: c.req.query("done") === "sent" });
  });

  routes.post("/signin/confirm", async (c) => {
    const form = await c.req.parseBody();
    const [{ email }, next] = [personOf(c), ownPath(form["next"])];
    if (form["code"] === undefined) {
      const sent = await send(c, { email, next });
      return sent ?? c.redirect(`/signin/confirm?done=sent&next=${encodeURIComponent(next)}`, 303);
    }
    const flow = await readFlow(c, deps);
    const problem = await enter(c, flow?.email === email ? flow : null);
    if (problem instanceof Response) return problem;
    return problem === null ? c.redirect(next, 303) : confirmPage(c, { next, isSent: true, problem });
  });

  routes.post("/signout", (c) => leave(c, { everywhere: false }));
  routes.post("/signout/everywhere", (c) => leave(c, { everywhere: true }));

  routes.get("/account", signedIn(), (c) => accountPage(c));

  return routes;

  /** Mails a code; answers a page only where none goes out. */
  async function send(c: Context<PageEnv>, flow: Pick<Flow, "email" | "next">): Promise<Response | null> {
    const counted = await countCall(deps, "sign_in", { address: c.get("address") });
    if (!counted.ok) return refused(c, counted.failure);
    const requested = await askForCode(c, deps, flow);
    return requested.ok ? null : refused(c, requested.failure, true);
  }

  /** Takes a code: null when it opened a session, else what is wrong with it, or the page that says why none is taken. */
  async function enter(c: Context<PageEnv>, flow: Flow | null): Promise<Response | string | null> {
    const counted = await countCall(deps, "sign_in", { address: c.get("address") });
    if (!counted.ok) return refused(c, counted.failure);
    const code = parseCode((await c.req.parseBody())["code"]);
    if (code === null) return wrong(c, codeWords.badCode);
    const isRight = flow !== null && (await enterCode(c, deps, { flow, code })).ok;
    return isRight ? null : wrong(c, codeWords.wrongCode);
  }

  async function leave(c: Context<PageEnv>, { everywhere }: { readonly everywhere: boolean }): Promise<Response> {
    const person = c.get("person");
    if (person !== null) await signOut(deps, person, { everywhere });
    const { config } = deps;
    deleteCookie(c, sessionCookieName(config), { path: "/", secure: hasSecureCookies(config), httpOnly: true });
    return c.redirect(`/signin?done=${everywhere ? "everywhere" : "out"}`, 303);
  }
}

function wrong(c: Context<PageEnv>, problem: string): string {
  c.set("failure", "invalid_request");
  return problem;
}

function refused(c: Context<PageEnv>, failure: Failure, isOfMail = false): Promise<Response> {
  return Promise.resolve(pageRefusal(c, failure, isOfMail ? mailRefusal(failure) : undefined));
}
