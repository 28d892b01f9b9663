import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { ok, type Result } from "../../../domain/result.ts";
import { findAffiliateOfCode } from "../../../services/affiliates/read-codes.ts";
import { assignCustomer } from "../../../services/customers/assign-customer.ts";
import { eraseCustomer } from "../../../services/customers/erase-customer.ts";
import { CONVERSIONS } from "../../../texts/conversions.ts";
import { COMMON } from "../../../texts/common.ts";
import { parseAssignment } from "../../../wire/customers.ts";
import { parseExplainQuery } from "../../../wire/explain.ts";
import { appAccess, signedIn } from "../../access.ts";
import { Card } from "../../components/data.tsx";
import { Button, Form } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { type Sent, sentBy, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, activityHead, appPath } from "../head.ts";
import { CustomerForms } from "./customer-forms.tsx";
import { explainPath } from "./explain.tsx";
import { goOn, notThere, Outcome, statusOf, type Tried, wrongField } from "./form-state.tsx";

const { customer: words } = CONVERSIONS;

/** `/apps/:appId/conversions/customers/…`: whose a customer is, said by hand, and forgetting one. */
export function customerPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = "/apps/:appId/conversions/customers";
  const owner = [signedIn(), appAccess(deps)] as const;

  routes.post(`${path}/assign`, ...owner, async (c) => {
    const sent = await sentBy(c);
    const assigned = await assign(c, sent);
    const { user_id: userId = "" } = sent;
    if (!assigned.ok) return show(c, userId, { form: "assign", sent, failure: assigned.failure });
    return goOn(c, "/activity/explain", { user_id: userId, done: "assigned" });
  });

  routes.get(`${path}/erase`, ...owner, (c) => {
    const userId = userIn(c.req.query("user_id"));
    if (userId === null) return notThere(c);
    const app = c.get("app");
    return page(
      c,
      activityHead(c, "explain", { title: words.eraseTitle(userId), shape: "text" }),
      <Card danger>
        <p>{words.eraseText}</p>
        <Form action={appPath(app.id, "/conversions/customers/erase")}>
          <input type="hidden" name="user_id" value={userId} />
          <div class="row">
            <Button kind="danger">{words.eraseConfirm}</Button>
            <Button kind="quiet" href={explainPath(app.id, { subject: "user", id: userId })}>
              {COMMON.cancel}
            </Button>
          </div>
        </Form>
      </Card>,
    );
  });

  routes.post(`${path}/erase`, ...owner, async (c) => {
    const userId = userIn((await sentBy(c))["user_id"]);
    if (userId === null) return notThere(c);
    const erased = await eraseCustomer(deps, c.get("app").id, { actor: accessOf(c).actor, userId });
    return erased.ok ? goOn(c, "/conversions", { done: "erased" }) : pageRefusal(c, erased.failure);
  });

  return routes;

  async function assign(c: Context<PageEnv>, sent: Sent): Promise<Result<null>> {
    const app = c.get("app");
    const { user_id: userId = "", ref = "", reason = "" } = sent;
    const affiliate = await findAffiliateOfCode(deps, app.id, ref);
    if (!affiliate.ok) return wrongField("ref", CONVERSIONS.review.noSuchCode);
    const assignment = parsed({ affiliate_id: affiliate.value, ref, reason }, (body) => parseAssignment(body, userId));
    if (!assignment.ok) return assignment;
    const done = await assignCustomer(deps, app.id, { actor: accessOf(c).actor, ...assignment.value });
    return done.ok ? ok(null) : done;
  }
}

/** The form alone: what else is known of the customer is a question of its own. */
function show(c: Context<PageEnv>, userId: string, tried: Tried): Response | Promise<Response> {
  return page(
    c,
    activityHead(c, "explain", { title: words.title, lead: <code>{userId}</code>, shape: "text" }),
    <div class="stack">
      <Outcome c={c} tried={tried} done={{}} />
      <CustomerForms appId={c.get("app").id} userId={userId} tried={tried} />
    </div>,
    statusOf(tried),
  );
}

/** A user id as the API takes it, null for anything else. */
function userIn(text: string | undefined): string | null {
  const query = parsed({ user_id: text }, parseExplainQuery);
  return query.ok && query.value.subject === "user" ? query.value.userId : null;
}
