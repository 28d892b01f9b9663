import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { formatMoney } from "../../../domain/currency.ts";
import { removeCode } from "../../../services/affiliates/manage-codes.ts";
import { previewStatus, type StatusPreview } from "../../../services/affiliates/preview-status.ts";
import { type AffiliateOfApp, readAffiliate } from "../../../services/affiliates/read-affiliates.ts";
import { readCodes } from "../../../services/affiliates/read-codes.ts";
import { updateAffiliate } from "../../../services/affiliates/update-affiliate.ts";
import { AFFILIATES } from "../../../texts/affiliates.ts";
import { COMMON } from "../../../texts/common.ts";
import { parseAffiliateChange } from "../../../wire/affiliates.ts";
import { parseWantedStatus } from "../../../wire/status-preview.ts";
import { appAccess, signedIn } from "../../access.ts";
import { Card } from "../../components/data.tsx";
import { Button, Field, Form } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { sentBy, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, appHead, appPath } from "../head.ts";
import { formState, goOn, idFrom, notThere, Outcome, statusOf, type Tried } from "./form-state.tsx";
import { nameOf } from "./parts.tsx";

const { preview: words, retire } = AFFILIATES;

/** Changes of a creator that are looked at before they are made: their status, and the end of a code. */
export function affiliateChangePages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = "/apps/:appId/affiliates/:id";
  const owner = [signedIn(), appAccess(deps)] as const;

  routes.get(`${path}/status`, ...owner, async (c) => {
    const found = await find(c);
    if (found === null) return notThere(c);
    return showStatus(c, found, { to: c.req.query("to"), tried: null });
  });

  routes.post(`${path}/status`, ...owner, async (c) => {
    const found = await find(c);
    if (found === null) return notThere(c);
    const { app, affiliate } = found;
    const sent = await sentBy(c);
    const change = parsed({ status: sent["to"], reason: sent["reason"] }, parseAffiliateChange);
    if (!change.ok) {
      return showStatus(c, found, { to: sent["to"], tried: { form: "status", sent, failure: change.failure } });
    }
    const call = { actor: accessOf(c).actor, affiliateId: affiliate.id, change: change.value };
    const changed = await updateAffiliate(deps, app.id, call);
    if (!changed.ok) return pageRefusal(c, changed.failure);
    return goOn(c, `/affiliates/${affiliate.id}`, { done: "status" });
  });

  routes.get(`${path}/codes/retire`, ...owner, async (c) => {
    const found = await find(c);
    const ref = c.req.query("ref") ?? "";
    const live = found === null ? [] : (await readCodes(deps, found)).filter(({ state }) => state === "active");
    if (found === null || !live.some((code) => code.ref === ref)) return notThere(c);
    return page(
      c,
      appHead(c, "affiliates", { title: retire.title(ref), shape: "text" }),
      <Card>
        <p>{retire.text}</p>
        {live.length === 1 ? <p>{retire.last}</p> : null}
        <Form action={appPath(found.app.id, `/affiliates/${found.affiliate.id}/codes/retire`)}>
          <input type="hidden" name="ref" value={ref} />
          <div class="row">
            <Button kind="danger">{retire.button}</Button>
            <Button kind="quiet" href={appPath(found.app.id, `/affiliates/${found.affiliate.id}`)}>
              {COMMON.cancel}
            </Button>
          </div>
        </Form>
      </Card>,
    );
  });

  routes.post(`${path}/codes/retire`, ...owner, async (c) => {
    const found = await find(c);
    if (found === null) return notThere(c);
    const { ref = "" } = await sentBy(c);
    const call = { actor: accessOf(c).actor, affiliateId: found.affiliate.id, ref };
    const removed = await removeCode(deps, found.app.id, call);
    if (!removed.ok) return notThere(c);
    return goOn(c, `/affiliates/${found.affiliate.id}`, { done: "retired" });
  });

  return routes;

  async function find(c: Context<PageEnv>): Promise<AffiliateOfApp | null> {
    const id = idFrom(c, "id");
    const found = id === null ? null : await readAffiliate(deps, accessOf(c), id);
    return found?.ok === true ? found.value : null;
  }

  async function showStatus(
    c: Context<PageEnv>,
    found: AffiliateOfApp,
    { to, tried }: { to: string | undefined; tried: Tried | null },
  ): Promise<Response> {
    const wanted = parseWantedStatus({ status: to });
    if (!wanted.ok) return notThere(c);
    const preview = await previewStatus(deps, found, wanted.value);
    if (!preview.ok) return pageRefusal(c, preview.failure);
    const { app, affiliate } = found;
    const title = words.title[wanted.value](nameOf(affiliate, affiliate.ref));
    return page(
      c,
      appHead(c, "affiliates", { title, shape: "text" }),
      <div class="stack">
        <Outcome c={c} tried={tried} done={{}} />
        <Card title={words.effect} danger={wanted.value === "revoked"}>
          <Effect preview={preview.value} />
          <StatusForm
            action={appPath(app.id, `/affiliates/${affiliate.id}/status`)}
            back={appPath(app.id, `/affiliates/${affiliate.id}`)}
            preview={preview.value}
            tried={tried}
          />
        </Card>
      </div>,
      statusOf(tried),
    );
  }
}

function Effect({ preview }: { preview: StatusPreview }) {
  const lines = effectsOf(preview);
  return (
    <>
      <ul class="points">{lines.length === 0 ? <li>{words.nothing}</li> : lines.map((line) => <li>{line}</li>)}</ul>
      {preview.complete ? null : <p class="soft">{words.atLeast}</p>}
    </>
  );
}

function effectsOf({ from, to, codes, customersFreed, payoutsSkipped, currencies }: StatusPreview): readonly string[] {
  const refs = codes.refs.join(", ");
  const ofCodes =
    codes.become === null || refs === "" ? [] : [codes.become === "dead" ? words.dead(refs) : words.live(refs)];
  return [
    ...ofCodes,
    ...(customersFreed === 0 ? [] : [words.freed(customersFreed)]),
    ...(payoutsSkipped ? [words.skipped] : []),
    ...(from === "suspended" && to === "active" ? [words.paidAgain] : []),
    ...currencies.flatMap(({ currency, voidedCommissions, voidedCents, availableCents }) => [
      ...(voidedCommissions === 0 && voidedCents === 0
        ? []
        : [words.voided(voidedCommissions, formatMoney(voidedCents, currency))]),
      ...(to === "revoked" && availableCents !== 0 ? [words.keeps(formatMoney(availableCents, currency))] : []),
    ]),
  ];
}

function StatusForm({
  action,
  back,
  preview,
  tried,
}: {
  action: string;
  back: string;
  preview: StatusPreview;
  tried: Tried | null;
}) {
  const { field } = formState(tried, "status");
  const { from, to } = preview;
  const { one } = AFFILIATES;
  const verb = to === "active" && from === "suspended" ? one.reactivate : one.to[to];
  return (
    <Form action={action}>
      <input type="hidden" name="to" value={to} />
      <Field {...field("reason")} label={words.reason} hint={words.reasonHint} required maxlength={256} />
      <div class="row">
        <Button kind={to === "revoked" ? "danger" : undefined}>
          {to === "revoked" && from === "applied" ? one.refuse : verb}
        </Button>
        <Button kind="quiet" href={back}>
          {COMMON.cancel}
        </Button>
      </div>
    </Form>
  );
}
