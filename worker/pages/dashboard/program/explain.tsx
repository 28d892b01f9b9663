import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { nameActors } from "../../../services/accounts/name-actors.ts";
import { explain, type ExplainQuery, type Explanation } from "../../../services/explain/explain.ts";
import { shareStory } from "../../../services/explain/share-story.ts";
import { findPayment } from "../../../services/explain/find-payment.ts";
import { EXPLAIN } from "../../../texts/explain.ts";
import { CONVERSIONS } from "../../../texts/conversions.ts";
import { refuseHostile } from "../../../wire/body.ts";
import { parseExplainQuery } from "../../../wire/explain.ts";
import { appAccess, signedIn } from "../../access.ts";
import { Card } from "../../components/data.tsx";
import { Button, Field, FilterForm, Select } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { withQuery } from "../../forms.ts";
import { activityHead, appPath } from "../head.ts";
import type { ActorNames } from "./actor.tsx";
import { Answer } from "./explain-view.tsx";
import { actorsIn } from "./findings.tsx";
import { Outcome } from "./form-state.tsx";
import { queryOf } from "./paging.ts";
import type { SharedStory } from "./share.tsx";

/** What can be asked about, by the name it has in the query, as `/api/v1/explain` names it; a payment beside them. */
const NAMES = {
  user: "user_id",
  ref: "ref",
  conversion: "conversion_id",
  payment: "payment_ref",
  account: "account_id",
};
type Subject = keyof typeof NAMES;

interface Asked {
  readonly subject: Subject;
  readonly id: string;
}

/** `/apps/:appId/activity/explain`: why something is as it is, in words. */
export function explainPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/activity/explain", signedIn(), appAccess(deps), async (c) => {
    const app = c.get("app");
    const asked = askedIn(c);
    if (asked === null) return show(c, deps.now(), { asked: { subject: "user", id: "" } });
    if (asked.id === "") return show(c, deps.now(), { asked, problem: EXPLAIN.empty });
    const conversionId = await conversionOf(c, asked);
    // A conversion has a page of its own, which says everything.
    if (conversionId !== null) return c.redirect(appPath(app.id, `/conversions/${conversionId}`), 303);
    if (asked.subject === "payment") return show(c, deps.now(), { asked, problem: EXPLAIN.noPayment });
    if (asked.subject === "conversion") return show(c, deps.now(), { asked, problem: EXPLAIN.noConversion });
    const query = queryFor(asked);
    if (query === null) return show(c, deps.now(), { asked, problem: EXPLAIN.noSuchName });
    const explanation = await explain(deps, app, query);
    if (!explanation.ok) return show(c, deps.now(), { asked, problem: explanation.failure.message });
    const names = await nameActors(deps, app.id, actorsIn(explanation.value.timeline));
    const shared = c.req.query("share") === "1" ? await shareCode(app.id, explanation.value) : null;
    return show(c, deps.now(), { asked, explanation: explanation.value, names, shared });
  });

  return routes;

  /** A link to a code's story for whoever the code is; null for anything else. */
  async function shareCode(appId: string, explanation: Explanation): Promise<SharedStory | null> {
    const affiliateId = explanation.subject === "ref" ? explanation.code?.affiliate?.id : undefined;
    if (explanation.subject !== "ref" || affiliateId === undefined) return null;
    return shareStory(deps, { subject: "ref", id: explanation.ref, appId, affiliateId });
  }

  async function conversionOf(c: Context<PageEnv>, { subject, id }: Asked): Promise<string | null> {
    const app = c.get("app");
    if (!refuseHostile(id).ok) return null;
    if (subject === "payment") return findPayment(deps, app, id);
    if (subject !== "conversion") return null;
    const found = await explain(deps, app, { subject: "conversion", conversionId: id });
    return found.ok ? id : null;
  }
}

function show(
  c: Context<PageEnv>,
  now: number,
  shown: {
    asked: Asked;
    problem?: string;
    explanation?: Explanation;
    names?: ActorNames;
    shared?: SharedStory | null;
  },
): Response | Promise<Response> {
  const { asked, problem, explanation, names = new Map(), shared = null } = shown;
  const app = c.get("app");
  return page(
    c,
    activityHead(c, "explain", { title: EXPLAIN.title, lead: EXPLAIN.lead }),
    <div class="stack">
      <Outcome c={c} tried={null} done={CONVERSIONS.done} />
      <Card>
        <AskForm appId={app.id} asked={asked} problem={problem} />
      </Card>
      {explanation === undefined ? null : (
        <Answer app={app} explanation={explanation} names={names} now={now} shared={shared} />
      )}
    </div>,
    problem === undefined ? 200 : 404,
  );
}

/** What the page is asked: by the form's two fields, or by a name of the API's, as links have it. Null: nothing. */
function askedIn(c: Context<PageEnv>): Asked | null {
  const subjects = Object.keys(NAMES) as Subject[];
  const given = queryOf(c, ["subject", "id", ...Object.values(NAMES)]);
  const named = subjects.find((subject) => given[NAMES[subject]] !== undefined);
  if (named !== undefined) return { subject: named, id: given[NAMES[named]] ?? "" };
  const subject = subjects.find((one) => one === given["subject"]);
  return subject === undefined ? null : { subject, id: given["id"] ?? "" };
}

function queryFor({ subject, id }: Asked): ExplainQuery | null {
  const harmless = refuseHostile({ [NAMES[subject]]: id });
  const query = harmless.ok ? parseExplainQuery(harmless.value) : harmless;
  return query.ok ? query.value : null;
}

function AskForm({ appId, asked, problem }: { appId: string; asked: Asked; problem: string | undefined }) {
  const options = Object.entries(EXPLAIN.subjects).map(([value, label]) => ({ value, label }));
  return (
    <FilterForm action={appPath(appId, "/activity/explain")} label={EXPLAIN.form}>
      <Select name="subject" label={EXPLAIN.what} options={options} value={asked.subject} />
      <Field name="id" label={EXPLAIN.which} maxlength={256} value={asked.id} problem={problem} />
      <Button>{EXPLAIN.ask}</Button>
    </FilterForm>
  );
}

/** Where a question is answered. */
export function explainPath(appId: string, { subject, id }: Asked): string {
  return withQuery(appPath(appId, "/activity/explain"), { [NAMES[subject]]: id });
}
