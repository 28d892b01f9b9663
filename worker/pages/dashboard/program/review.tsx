import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { centsOf } from "../../../domain/amount-text.ts";
import { parseCurrency } from "../../../domain/currency.ts";
import { type Failure, ok, type Result } from "../../../domain/result.ts";
import { nameAffiliates } from "../../../services/affiliates/name-affiliates.ts";
import { findAffiliateOfCode } from "../../../services/affiliates/read-codes.ts";
import { decideConversions, type Outcome as Decided } from "../../../services/review/decide-conversions.ts";
import { addRule, readRules, removeRule } from "../../../services/review/manage-rules.ts";
import { readReview } from "../../../services/review/read-review.ts";
import type { ReviewRuleTerms } from "../../../store/review-rule-store.ts";
import type { Decision } from "../../../store/review-store.ts";
import { CONVERSIONS } from "../../../texts/conversions.ts";
import { toPage } from "../../../wire/page.ts";
import { parseDecision, parseReviewFilter, parseRule } from "../../../wire/review.ts";
import { appAccess, signedIn } from "../../access.ts";
import { Notice } from "../../components/data.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { filled, type Sent, sentBy, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, appPath, conversionsHead } from "../head.ts";
import { goOn, idFrom, notThere, Outcome, statusOf, type Tried, wrongField } from "./form-state.tsx";
import { linksOf, placeIn, queryOf } from "./paging.ts";
import { ReviewView } from "./review-view.tsx";

/** Lines of a page: as many as one call of the API answers. */
const LINES = 100;
/** Rules in force that are shown: there is one for each creator and currency. */
const RULES = 100;

/** `/apps/:appId/conversions/review`: what waits for its owner's word, many at once, and the rules that decide for them. */
export function reviewPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = "/apps/:appId/conversions/review";
  const owner = [signedIn(), appAccess(deps)] as const;

  routes.get(path, ...owner, (c) => show(c));

  routes.post(path, ...owner, async (c) => {
    const sent = await sentBy(c);
    const ids = await idsIn(c);
    if (ids.length === 0) return refused(wrongField("ids", CONVERSIONS.review.nothingChosen));
    const decision = parsed({ decision: sent["decision"], conversion_ids: ids, reason: sent["reason"] }, parseDecision);
    if (!decision.ok) return refused(decision);
    const call = { actor: accessOf(c).actor, ...decision.value };
    const outcome = await decideConversions(deps, c.get("app").id, call);
    const lane = c.req.query("lane") ?? null;
    if (outcome.skipped.length === 0) {
      return goOn(c, "/conversions/review", { lane, done: decision.value.decision, count: String(outcome.done) });
    }
    // Each that was left is named with its reason: too much for an address.
    return show(c, { outcome: { ...outcome, decision: decision.value.decision } });

    function refused({ failure }: { failure: Failure }) {
      return show(c, { tried: { form: "decide", sent, failure }, chosen: ids });
    }
  });

  routes.post(`${path}/rules`, ...owner, async (c) => {
    const sent = await sentBy(c);
    const terms = await termsIn(c, sent);
    const rule = terms.ok
      ? await addRule(deps, c.get("app").id, { actor: accessOf(c).actor, terms: terms.value })
      : terms;
    if (!rule.ok) return show(c, { tried: { form: "rule", sent, failure: rule.failure } });
    return goOn(c, "/conversions/review", { done: "rule" });
  });

  routes.post(`${path}/rules/:id/end`, ...owner, async (c) => {
    const ruleId = idFrom(c, "id");
    if (ruleId === null) return notThere(c);
    const ended = await removeRule(deps, c.get("app").id, { actor: accessOf(c).actor, ruleId });
    return ended.ok ? goOn(c, "/conversions/review", { done: "ruleEnded" }) : notThere(c);
  });

  return routes;

  /** What a rule's form says; amounts as people write them, a creator by one of their codes. */
  async function termsIn(c: Context<PageEnv>, sent: Sent): Promise<Result<ReviewRuleTerms>> {
    const app = c.get("app");
    const { ref = "", currency = "", max_event = "", max_day = "", reason = "" } = sent;
    const known = parseCurrency(currency) ?? app.currency;
    const [event, day] = [centsOf(max_event, known), centsOf(max_day, known)];
    if (event === null || event < 1) return wrongField("max_event", CONVERSIONS.review.amount);
    if (day === null || day < 1) return wrongField("max_day", CONVERSIONS.review.amount);
    if (day < event) return wrongField("max_day", CONVERSIONS.review.dayTooSmall);
    const affiliate: Result<string | null> = ref === "" ? ok(null) : await findAffiliateOfCode(deps, app.id, ref);
    if (!affiliate.ok) return wrongField("ref", CONVERSIONS.review.noSuchCode);
    const amounts = { max_event_cents: event, max_day_cents: day, affiliate_id: affiliate.value };
    return parsed({ ...filled({ currency, reason }), ...amounts }, (body) => parseRule(body, app));
  }

  async function show(
    c: Context<PageEnv>,
    { tried = null, chosen = [], outcome = null }: Partial<Shown> = {},
  ): Promise<Response> {
    const app = c.get("app");
    const filter = parseReviewFilter(queryOf(c, ["lane"]));
    if (!filter.ok) return notThere(c);
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { lane } = filter.value;
    const range = { lane, after: place.value.after, limit: LINES + 1 };
    const [{ waiting }, rules] = await Promise.all([
      readReview(deps, app.id, range),
      readRules(deps, app.id, { after: null, limit: RULES }),
    ]);
    const { items, nextCursor } = toPage(waiting, LINES);
    const creators = await nameAffiliates(
      deps,
      app.id,
      rules.flatMap(({ affiliateId }) => affiliateId ?? []),
    );
    return page(
      c,
      conversionsHead(c, "review", { title: CONVERSIONS.review.title, lead: CONVERSIONS.review.lead }),
      <div class="stack">
        <Outcome c={c} tried={tried} done={doneWords(c)} />
        {outcome === null ? null : <Left appId={app.id} outcome={outcome} />}
        <ReviewView
          app={app}
          lane={lane}
          waiting={items}
          links={linksOf(c, { next: nextCursor })}
          rules={rules}
          creators={creators}
          tried={tried}
          chosen={chosen}
        />
      </div>,
      statusOf(tried),
    );
  }
}

interface Shown {
  readonly tried: Tried | null;
  /** What was chosen when the form was refused. */
  readonly chosen: readonly string[];
  readonly outcome: (Decided & { readonly decision: Decision }) | null;
}

/** The rows that are ticked: a field that is sent once for each. */
async function idsIn(c: Context<PageEnv>): Promise<readonly string[]> {
  return (await c.req.formData()).getAll("id").filter((id) => typeof id === "string");
}

function doneWords(c: Context<PageEnv>): Readonly<Record<string, string>> {
  const count = Number(/^\d{1,3}$/.exec(c.req.query("count") ?? "")?.[0] ?? 0);
  const { done } = CONVERSIONS.review;
  return { ...CONVERSIONS.done, approve: done(count, "approve"), reject: done(count, "reject") };
}

/** What was decided, and what was left and why. */
function Left({ appId, outcome }: { appId: string; outcome: NonNullable<Shown["outcome"]> }) {
  const { done, skipped, decision } = outcome;
  const { review } = CONVERSIONS;
  return (
    <Notice tone="wait">
      <p>
        {done === 0 ? null : `${review.done(done, decision)} `}
        {review.skipped(skipped.length)}
      </p>
      <ul class="points">
        {skipped.map(({ conversionId, reason }) => (
          <li>
            {reason === "not_found" ? (
              <code>{conversionId}</code>
            ) : (
              <a href={appPath(appId, `/conversions/${conversionId}`)}>
                <code>{conversionId}</code>
              </a>
            )}
            : {review.skips[reason]}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
