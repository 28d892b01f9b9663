import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Deps } from "../../deps.ts";
import type { Failure } from "../../domain/result.ts";
import { actorOf } from "../../services/accounts/person.ts";
import { changePayoutMethod } from "../../services/payouts/change-payout-method.ts";
import { onboardRecipient } from "../../services/payouts/onboard-recipient.ts";
import { type PayoutMethodView, readPayoutMethod } from "../../services/payouts/read-payout-method.ts";
import { readPayoutPolicy } from "../../services/payouts/read-policy.ts";
import { COMMON } from "../../texts/common.ts";
import { PORTAL } from "../../texts/portal.ts";
import { refuseHostile } from "../../wire/body.ts";
import { STATUS_OF } from "../../wire/errors.ts";
import { parsePayoutMethod } from "../../wire/payout-method.ts";
import { parseRecipient } from "../../wire/recipients.ts";
import { freshCode } from "../access.ts";
import { Card, Facts, Notice, Time } from "../components/data.tsx";
import { Button, Field, Form } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { Tabs } from "../components/tabs.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { filled, problemOf, type Sent, sentBy, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import { creatorOf, portalHead, portalPath } from "./head.ts";
import { StatusNotice } from "./states.tsx";

const words = PORTAL.method;

/** What somebody may enter here, by how the program pays. */
const KINDS = { manual: ["bank", "paypal", "other"], stripe: ["stripe"] } as const;
type Kind = (typeof KINDS)[keyof typeof KINDS][number];

const DONE: Readonly<Record<string, string>> = {
  saved: words.saved,
  removed: words.removed,
  unchanged: words.unchanged,
  stripe: words.stripeReady,
};

/** `/referrals/:appId/payout-method`: where a creator's money goes. Asks for a fresh code first. */
export function methodPages(deps: Deps) {
  const routes = new Hono<PageEnv>();
  const fresh = freshCode(deps);

  routes.get("/payout-method", fresh, (c) => show(c, { sent: {}, failure: null }));

  routes.post("/payout-method", fresh, async (c) => {
    const sent = await sentBy(c);
    const { csrf: _, ...fields } = filled(sent);
    const clean = refuseHostile(fields);
    const method = clean.ok ? parsePayoutMethod(clean.value) : clean;
    if (!method.ok) return show(c, { sent, failure: method.failure });
    if (!(await kindsOf(c)).some((kind) => kind === method.value.kind)) {
      const failure = { code: "conflict", message: words.notPaidThisWay } as const;
      return show(c, { sent, failure });
    }
    return change(c, method.value, sent);
  });

  routes.post("/payout-method/remove", fresh, (c) => change(c, { kind: "none" }, {}));

  routes.post("/payout-method/stripe", fresh, async (c) => {
    const sent = await sentBy(c);
    const asked = parseRecipient({ country: sent["country"] === "" ? null : sent["country"] });
    if (!asked.ok) return show(c, { sent, failure: asked.failure });
    const { app, affiliate } = creatorOf(c);
    const call = { affiliateId: affiliate.id, actor: actorOf(personOf(c)), country: asked.value.country };
    const onboarding = await onboardRecipient(deps, app.id, call);
    if (!onboarding.ok) return show(c, { sent, failure: onboarding.failure });
    if (onboarding.value.status === "ready") return c.redirect(withQuery(here(c), { done: "stripe" }), 303);
    return stripePage(c, onboarding.value.url);
  });

  return routes;

  async function change(c: Context<PageEnv>, method: Parameters<typeof changePayoutMethod>[2]["method"], sent: Sent) {
    const { app, affiliate } = creatorOf(c);
    const actor = actorOf(personOf(c));
    const changed = await changePayoutMethod(deps, app.id, { affiliateId: affiliate.id, actor, method });
    if (!changed.ok) return show(c, { sent, failure: changed.failure });
    return c.redirect(withQuery(here(c), { done: method.kind === "none" ? "removed" : "saved" }), 303);
  }

  async function kindsOf(c: Context<PageEnv>): Promise<readonly Kind[]> {
    const policy = await readPayoutPolicy(deps, c.get("app").id);
    return KINDS[policy.ok ? policy.value.rail : "manual"];
  }

  async function show(c: Context<PageEnv>, { sent, failure }: { sent: Sent; failure: Failure | null }) {
    const { app, affiliate } = creatorOf(c);
    const [method, kinds] = await Promise.all([readPayoutMethod(deps, app.id, affiliate.id), kindsOf(c)]);
    if (!method.ok) return pageRefusal(c, method.failure);
    if (failure !== null) c.set("failure", failure.code);
    const asked = sent["kind"] ?? c.req.query("kind");
    const kind = kinds.find((one) => one === asked) ?? kinds.find((one) => one === method.value?.kind) ?? kinds[0];
    const status: ContentfulStatusCode = failure === null ? 200 : STATUS_OF[failure.code];
    return methodPage(c, { method: method.value, kinds, kind: kind ?? "bank", sent, failure }, status);
  }
}

function here(c: Context<PageEnv>): string {
  return portalPath(c.get("app").id, "/payout-method");
}

interface MethodPage {
  readonly method: PayoutMethodView | null;
  readonly kinds: readonly Kind[];
  readonly kind: Kind;
  readonly sent: Sent;
  readonly failure: Failure | null;
}

function methodPage(c: Context<PageEnv>, view: MethodPage, status: ContentfulStatusCode) {
  const { method, failure } = view;
  const done = DONE[c.req.query("done") ?? ""];
  return page(
    c,
    portalHead(c, "method", { title: PORTAL.tabs.method, lead: words.lead }),
    <div class="stack">
      {failure === null ? null : (
        <Notice tone="bad">{failure.fields === undefined ? failure.message : COMMON.problems}</Notice>
      )}
      {failure === null && done !== undefined ? <Notice tone="good">{done}</Notice> : null}
      <StatusNotice status={c.get("affiliate").status} />
      <div class="columns">
        <Card title={method === null ? words.set : words.change}>
          <KindForm c={c} view={view} />
        </Card>
        <Card title={words.now}>{method === null ? <p>{words.none}</p> : <InUse c={c} method={method} />}</Card>
      </div>
    </div>,
    status,
  );
}

function InUse({ c, method }: { c: Context<PageEnv>; method: PayoutMethodView }) {
  const kinds: Readonly<Record<string, string>> = words.kinds;
  return (
    <>
      <Facts
        facts={[
          [words.kind, kinds[method.kind] ?? method.kind],
          [PORTAL.cashOut.to, <code>{method.label}</code>],
          [words.since, <Time at={method.changedAt} />],
        ]}
      />
      {method.blockedUntil === null ? null : (
        <Notice tone="wait">
          <p>
            {words.blocked} <Time at={method.blockedUntil} />. {words.mailed}
          </p>
        </Notice>
      )}
      <Form action={`${here(c)}/remove`} kind="row">
        <Button kind="quiet">{words.remove}</Button>
        <span class="soft small">{words.removeLead}</span>
      </Form>
    </>
  );
}

function KindForm({ c, view }: { c: Context<PageEnv>; view: MethodPage }) {
  const { kinds, kind, failure, sent } = view;
  const path = here(c);
  const field = (name: string) => ({ name, value: sent[name], problem: problemOf(failure, name) });
  return (
    <>
      {kinds.length < 2 ? null : (
        <nav aria-label={words.kind}>
          <Tabs
            tabs={kinds.map((one) => ({
              href: withQuery(path, { kind: one }),
              label: words.kinds[one],
              current: one === kind,
            }))}
          />
        </nav>
      )}
      <Form action={kind === "stripe" ? `${path}/stripe` : path}>
        {kind === "stripe" ? <p>{words.stripeLead}</p> : <input type="hidden" name="kind" value={kind} />}
        {kind === "bank" ? (
          <>
            <Field {...field("holder")} label={words.holder} autocomplete="name" maxlength={256} required />
            <Field
              {...field("account")}
              label={words.account}
              hint={words.accountHint}
              autocomplete="off"
              maxlength={64}
              required
            />
            <Field {...field("bank_code")} label={words.bankCode} hint={words.bankCodeHint} maxlength={64} />
            <Field {...field("country")} label={words.country} hint={words.countryHint} maxlength={2} />
          </>
        ) : null}
        {kind === "paypal" ? (
          <Field {...field("email")} type="email" label={words.email} autocomplete="email" maxlength={254} required />
        ) : null}
        {kind === "other" ? (
          <Field {...field("details")} label={words.details} hint={words.detailsHint} maxlength={256} required />
        ) : null}
        {kind === "stripe" ? (
          <Field {...field("country")} label={words.stripeCountry} hint={words.stripeCountryHint} maxlength={2} />
        ) : null}
        <p class="soft small">{words.wait}</p>
        <Button>{kind === "stripe" ? words.stripeStart : words.save}</Button>
      </Form>
    </>
  );
}

/** A link, not a redirect: a form may lead nowhere but to our own pages. */
function stripePage(c: Context<PageEnv>, url: string) {
  return page(
    c,
    portalHead(c, "method", { title: words.stripeGo, lead: words.stripeGoLead, shape: "narrow" }),
    <Button href={url}>{words.stripeGo}</Button>,
  );
}
