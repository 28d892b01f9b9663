import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import type { Failure } from "../../domain/result.ts";
import { sessionCookieName } from "../../services/accounts/auth.ts";
import { actorOf, type Person } from "../../services/accounts/person.ts";
import { readMyProgram } from "../../services/accounts/read-my-programs.ts";
import { readPerson } from "../../services/accounts/read-person.ts";
import { formToken } from "../../services/accounts/sign-in-secret.ts";
import { joinByPage } from "../../services/affiliates/join-by-page.ts";
import { readJoinPolicy } from "../../services/affiliates/manage-joining.ts";
import { countCall } from "../../services/limits/count-call.ts";
import { readOpenApp } from "../../services/programs/read-apps.ts";
import { readOffer } from "../../services/programs/read-offer.ts";
import { JOIN } from "../../texts/join.ts";
import { SIGN_IN } from "../../texts/sign-in.ts";
import { parseCode } from "../../wire/sign-in.ts";
import type { PageEnv } from "../context.ts";
import { sentBy } from "../forms.ts";
import { mailRefusal, pageRefusal } from "../refusal.tsx";
import { askForCode, enterCode } from "../sign-in/codes.ts";
import { readFlow } from "../sign-in/flow-cookie.ts";
import { endWaiting, readWaiting, setWaiting } from "./join-cookie.ts";
import { type JoinForm, type JoinProblems, parseJoinForm } from "./join-form.ts";
import { joinCodePage, joinPage, joinRefusedPage } from "./views.tsx";

/** `/join/:appId`: what a program offers, to everybody, and the way into it. */
export function joinPages(deps: Deps) {
  const routes = new Hono<PageEnv>();
  const counted = createMiddleware<PageEnv>(async (c, next) => {
    const call = await countCall(deps, "sign_in", { address: c.get("address") });
    return call.ok ? next() : pageRefusal(c, call.failure);
  });
  const program = createMiddleware<PageEnv>(async (c, next) => {
    const app = await readOpenApp(deps, c.req.param("appId") ?? "");
    if (app === null) return pageRefusal(c, { code: "not_found", message: "No such program." });
    c.set("app", app);
    return next();
  });
  routes.use("/join/:appId", program);
  routes.use("/join/:appId/:step", program);

  routes.get("/join/:appId", async (c) => {
    const person = c.get("person");
    const { id } = c.get("app");
    if (person !== null && (await readMyProgram(deps, person, id)) !== null) return c.redirect(portalOf(id), 303);
    return show(c, { form: {}, problems: {} });
  });

  routes.post("/join/:appId", counted, async (c) => {
    const person = c.get("person");
    const { form, problems } = parseJoinForm(await sentBy(c), person?.email);
    if (Object.keys(problems).length > 0) return show(c, { form, problems });
    if (person !== null) return join(c, person, form);
    return (await mailCode(c, form)) ?? c.redirect(`/join/${c.get("app").id}/code`, 303);
  });

  routes.get("/join/:appId/code", (c) => {
    const app = c.get("app");
    const waiting = readWaiting(c, deps, app.id);
    if (waiting === null || c.get("person") !== null) return c.redirect(`/join/${app.id}`, 303);
    return joinCodePage(c, { app, email: waiting.email, isAgain: c.req.query("done") === "sent" });
  });

  routes.post("/join/:appId/again", counted, async (c) => {
    const { id } = c.get("app");
    const waiting = readWaiting(c, deps, id);
    if (waiting === null) return c.redirect(`/join/${id}`, 303);
    return (await mailCode(c, waiting)) ?? c.redirect(`/join/${id}/code?done=sent`, 303);
  });

  routes.post("/join/:appId/code", counted, async (c) => {
    const app = c.get("app");
    const waiting = readWaiting(c, deps, app.id);
    if (waiting === null) return c.redirect(`/join/${app.id}`, 303);
    const entered = await enter(c, waiting.email);
    if (typeof entered !== "string") return join(c, entered, waiting);
    return joinCodePage(c, { app, email: waiting.email, problem: entered, isAgain: false });
  });

  return routes;

  async function show(
    c: Context<PageEnv>,
    { form, problems }: { form: Partial<JoinForm>; problems: JoinProblems },
  ): Promise<Response> {
    const app = c.get("app");
    const [offer, policy] = await Promise.all([
      readOffer(deps, app, c.get("person")?.email ?? null),
      readJoinPolicy(deps, app.id),
    ]);
    const limits = policy.countries.length === 0 ? null : JOIN.countries;
    const narrowed = offer.isInvited ? null : policy.accounts === "all" ? limits : JOIN.onlyInvited;
    if (Object.keys(problems).length > 0) c.set("failure", "invalid_request");
    return joinPage(c, { app, offer, narrowed, form, problems }, Object.keys(problems).length > 0 ? 400 : 200);
  }

  /** Mails a code and keeps what was filled in until it is entered. Answers a page only where no mail goes out. */
  async function mailCode(c: Context<PageEnv>, form: JoinForm): Promise<Response | null> {
    const requested = await askForCode(c, deps, { email: form.email, next: `/join/${c.get("app").id}` });
    if (!requested.ok) return pageRefusal(c, requested.failure, mailRefusal(requested.failure));
    setWaiting(c, deps, { ...form, appId: c.get("app").id });
    return null;
  }

  /** Takes a code: who it signed in, or what is wrong with it. */
  async function enter(c: Context<PageEnv>, email: string): Promise<Person | string> {
    const code = parseCode((await sentBy(c))["code"]);
    if (code === null) return SIGN_IN.code.badCode;
    const flow = await readFlow(c, deps);
    const begun = flow?.email === email ? await enterCode(c, deps, { flow, code }) : null;
    if (begun?.ok !== true) return SIGN_IN.code.wrongCode;
    const token = tokenIn(begun.value, sessionCookieName(deps.config));
    const read = token === null ? null : await readPerson(deps, token);
    if (read === null) return SIGN_IN.code.wrongCode;
    c.set("person", read.person);
    c.set("csrf", await formToken(deps, read.person.sessionId));
    return read.person;
  }

  async function join(c: Context<PageEnv>, person: Person, form: JoinForm): Promise<Response> {
    const app = c.get("app");
    endWaiting(c, deps);
    const { email } = person;
    const { seen } = form;
    const joined = await joinByPage(deps, app, {
      actor: actorOf(person),
      join: { email, name: form.name || null, ref: form.ref || null, country: c.get("country"), seen },
    });
    if (!joined.ok) {
      const { code } = joined.failure;
      if (code === "code_unavailable") return show(c, { form, problems: { ref: JOIN.problems.taken } });
      return refused(c, joined.failure);
    }
    switch (joined.value.outcome) {
      case "joined":
        return c.redirect(portalOf(app.id, joined.value.created), 303);
      case "changed":
        return show(c, { form, problems: { seen: JOIN.problems.changed } });
      case "refused":
        c.set("failure", "join_refused");
        return joinRefusedPage(c, { app, refusal: joined.value.refusal });
    }
  }
}

function portalOf(appId: string, isNew = false): string {
  return `/referrals/${appId}${isNew ? "?done=joined" : ""}`;
}

function refused(c: Context<PageEnv>, failure: Failure): Promise<Response> {
  return Promise.resolve(pageRefusal(c, failure));
}

/** The session's token in the cookie that was just made for it: it stands before its signature. */
function tokenIn(setCookies: readonly string[], name: string): string | null {
  const line = setCookies.find((one) => one.startsWith(`${name}=`));
  const value = decodeURIComponent(/^[^=]+=([^;]*)/.exec(line ?? "")?.[1] ?? "");
  const end = value.lastIndexOf(".");
  return end < 1 ? null : value.slice(0, end);
}
