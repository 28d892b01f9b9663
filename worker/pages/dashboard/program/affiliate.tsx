import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { centsOf } from "../../../domain/amount-text.ts";
import { parseCurrency } from "../../../domain/currency.ts";
import type { Result } from "../../../domain/result.ts";
import { addCode } from "../../../services/affiliates/manage-codes.ts";
import {
  type AffiliateOfApp,
  readAffiliate,
  readBalance,
  readCommissions,
} from "../../../services/affiliates/read-affiliates.ts";
import { readCodes } from "../../../services/affiliates/read-codes.ts";
import { type AffiliateChange, updateAffiliate } from "../../../services/affiliates/update-affiliate.ts";
import { correctBalance } from "../../../services/corrections/correct-balance.ts";
import { readCorrections } from "../../../services/corrections/read-corrections.ts";
import { readPayoutMethod } from "../../../services/payouts/read-payout-method.ts";
import { readPayouts } from "../../../services/payouts/read-payouts.ts";
import { AFFILIATES } from "../../../texts/affiliates.ts";
import { parseAffiliateChange, parseNewCode } from "../../../wire/affiliates.ts";
import { parseCorrection } from "../../../wire/corrections.ts";
import { toPage } from "../../../wire/page.ts";
import { parseDate } from "../../../wire/time.ts";
import { appAccess, signedIn } from "../../access.ts";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { filled, type Sent, sentBy, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, appHead } from "../head.ts";
import { AffiliateView } from "./affiliate-view.tsx";
import { goOn, idFrom, notThere, statusOf, type Tried, wrongField } from "./form-state.tsx";
import { linksOf, placeIn } from "./paging.ts";
import { nameOf } from "./parts.tsx";

/** Lines of the lists beside the commissions. */
const FEW = 10;

/** `/apps/:appId/affiliates/:id`: everything about one creator, and what can be changed of them. */
export function affiliatePages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = "/apps/:appId/affiliates/:id";
  const owner = [signedIn(), appAccess(deps)] as const;

  routes.get(path, ...owner, async (c) => {
    const found = await find(c);
    return found === null ? notThere(c) : show(c, found);
  });

  routes.post(`${path}/name`, ...owner, (c) =>
    take(c, "name", async (sent, found) => {
      const name = sent["name"] ?? "";
      return change(c, found, { name: name === "" ? null : name }, "renamed");
    }),
  );

  routes.post(`${path}/rate`, ...owner, (c) =>
    take(c, "rate", async (sent, found) => {
      const { rate = "own", commission_percent = "", day = "" } = sent;
      if (day !== "" && parseDate(day) === null) return wrongField("day", AFFILIATES.one.dayProblem);
      const from = day === "" ? {} : { commission_from: `${day}T00:00:00Z` };
      const body = { commission_percent: rate === "app" ? null : commission_percent, ...from };
      return change(c, found, body, "rate");
    }),
  );

  routes.post(`${path}/codes`, ...owner, (c) =>
    take(c, "code", async (sent, { app, affiliate }) => {
      const wanted = parsed(filled(sent), parseNewCode);
      if (!wanted.ok) return wanted;
      const call = { actor: accessOf(c).actor, affiliateId: affiliate.id, ...wanted.value };
      const added = await addCode(deps, app.id, call);
      return added.ok ? { ok: true, value: "code" } : added;
    }),
  );

  routes.post(`${path}/corrections`, ...owner, (c) =>
    take(c, "correction", async (sent, found) => {
      const { amount = "", currency = "", reason, once } = sent;
      const known = parseCurrency(currency);
      const cents = known === null ? null : centsOf(amount, known);
      if (known !== null && (cents === null || cents === 0)) {
        return wrongField("amount", AFFILIATES.one.amountProblem(known));
      }
      const body = filled({ currency, reason: reason ?? "", event_id: once ?? "" });
      const call = parsed({ ...body, amount_cents: cents ?? 0 }, parseCorrection);
      if (!call.ok) return call;
      const corrected = await correctBalance(deps, found, { actor: accessOf(c).actor, call: call.value });
      return corrected.ok ? { ok: true, value: "corrected" } : corrected;
    }),
  );

  return routes;

  async function find(c: Context<PageEnv>): Promise<AffiliateOfApp | null> {
    const id = idFrom(c, "id");
    const found = id === null ? null : await readAffiliate(deps, accessOf(c), id);
    return found?.ok === true ? found.value : null;
  }

  /** Does what a form of the page asks for, and goes back to the page; or shows it again with what is wrong. */
  async function take(
    c: Context<PageEnv>,
    form: string,
    act: (sent: Sent, found: AffiliateOfApp) => Promise<Result<string>>,
  ): Promise<Response> {
    const found = await find(c);
    if (found === null) return notThere(c);
    const sent = await sentBy(c);
    const done = await act(sent, found);
    if (!done.ok) return show(c, found, { form, sent, failure: done.failure });
    return goOn(c, `/affiliates/${found.affiliate.id}`, { done: done.value });
  }

  async function change(
    c: Context<PageEnv>,
    { app, affiliate }: AffiliateOfApp,
    body: Readonly<Record<string, unknown>>,
    done: string,
  ): Promise<Result<string>> {
    const wanted: Result<AffiliateChange> = parsed(body, parseAffiliateChange);
    if (!wanted.ok) return wanted;
    const call = { actor: accessOf(c).actor, affiliateId: affiliate.id, change: wanted.value };
    const changed = await updateAffiliate(deps, app.id, call);
    return changed.ok ? { ok: true, value: done } : changed;
  }

  async function show(c: Context<PageEnv>, found: AffiliateOfApp, tried: Tried | null = null): Promise<Response> {
    const { app, affiliate } = found;
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const payoutPlace = placeIn(c, { cursor: "payouts", limit: FEW });
    if (!payoutPlace.ok) return pageRefusal(c, payoutPlace.failure);
    const paid = { batchId: null, affiliateId: affiliate.id, status: null, after: payoutPlace.value.after };
    const [codes, balances, { commissions, now }, payouts, corrections, method] = await Promise.all([
      readCodes(deps, found),
      readBalance(deps, found),
      readCommissions(deps, found, { ...place.value, status: null, currency: null, limit: place.value.limit + 1 }),
      readPayouts(deps, app.id, { ...paid, limit: FEW + 1 }),
      readCorrections(deps, found, { after: null, limit: FEW }),
      readPayoutMethod(deps, app.id, affiliate.id),
    ]);
    const commissionPage = toPage(commissions, place.value.limit);
    const payoutPage = toPage(payouts, FEW);
    return page(
      c,
      appHead(c, "affiliates", {
        title: nameOf(affiliate, affiliate.ref),
        lead: AFFILIATES.statusLead[affiliate.status],
      }),
      <AffiliateView
        c={c}
        tried={tried}
        app={app}
        affiliate={affiliate}
        codes={codes}
        balances={balances}
        method={method.ok ? method.value : null}
        commissions={commissionPage.items}
        commissionLinks={linksOf(c, { next: commissionPage.nextCursor })}
        payouts={payoutPage.items}
        payoutLinks={linksOf(c, { next: payoutPage.nextCursor, cursor: "payouts" })}
        corrections={corrections}
        once={deps.newId("once")}
        now={now}
      />,
      statusOf(tried),
    );
  }
}
