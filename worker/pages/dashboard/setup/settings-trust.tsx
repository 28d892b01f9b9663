import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { centsOf } from "../../../domain/amount-text.ts";
import { currencyDecimals } from "../../../domain/currency.ts";
import type { Result } from "../../../domain/result.ts";
import { decideTrust } from "../../../services/programs/decide-trust.ts";
import { readSetup } from "../../../services/programs/read-setup.ts";
import type { AppChange } from "../../../services/programs/update-app.ts";
import type { App } from "../../../store/app-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { SETUP } from "../../../texts/setup.ts";
import { parseAppChange } from "../../../wire/programs.ts";
import { Card } from "../../components/data.tsx";
import { Button, Choices, Field, Form, TextArea } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { type Sent, sentBy, parsed } from "../../forms.ts";
import { accessOf, appPath, settingsHead } from "../head.ts";
import type { Guards } from "./guards.ts";
import { KeyedOffer } from "./keyed-offer.tsx";
import {
  DoneNotice,
  type Draft,
  goOn,
  problem,
  refused,
  RefusedNotice,
  statusOf,
  stored,
  whole,
  wrong,
} from "./parts.tsx";

const { trust: WORDS } = SETUP;

/** `/apps/:appId/settings/trust`: whose word counts, and up to which amount. */
export function trustSettings(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/settings/trust", own, (c) => show(c, stored(trustValues(c.get("app")))));

  routes.post("/apps/:appId/settings/trust", own, async (c) => {
    const sent = await sentBy(c);
    const app = c.get("app");
    const change = trustChange(sent, app);
    if (!change.ok) return show(c, refused(sent, change.failure));
    await decideTrust(deps, app.id, { actor: accessOf(c).actor, change: change.value });
    return goOn(c, appPath(app.id, "/settings/trust"), "saved");
  });

  routes.post("/apps/:appId/settings/trust/keyed", own, async (c) => {
    const { id } = c.get("app");
    const change = { settings: { conversions: "keyed" }, flags: {} };
    await decideTrust(deps, id, { actor: accessOf(c).actor, change });
    return goOn(c, appPath(id, "/settings/trust"), "keyed");
  });

  return routes;

  async function show(c: Context<PageEnv>, draft: Draft) {
    const app = c.get("app");
    const { vouched } = await readSetup(deps, app.id);
    const { failure } = draft;
    return page(
      c,
      settingsHead(c, "trust", { title: WORDS.title, lead: WORDS.lead }),
      <div class="stack">
        <DoneNotice c={c} />
        <RefusedNotice failure={failure} />
        {vouched && app.conversions !== "keyed" ? <KeyedOffer appId={app.id} /> : null}
        <TrustForm app={app} draft={draft} />
      </div>,
      failure === null ? 200 : statusOf(c, failure),
    );
  }
}

function trustValues(app: App): Sent {
  return {
    conversions: app.conversions,
    max_event_cents: amountText(app.maxEventCents, app.currency),
    max_day_cents: amountText(app.maxDayCents, app.currency),
    dedupe_seconds: String(app.dedupeSeconds),
    origins: app.origins.join("\n"),
  };
}

/** 1250 cents as `12.50`, as the field takes it back. */
export function amountText(cents: number | null, currency: string): string {
  if (cents === null) return "";
  const decimals = currencyDecimals(currency);
  const digits = String(cents).padStart(decimals + 1, "0");
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function trustChange(sent: Sent, { currency }: App): Result<AppChange> {
  for (const cap of ["max_event_cents", "max_day_cents"]) {
    const text = sent[cap] ?? "";
    if (text !== "" && centsOf(text, currency) === null) return wrong(cap, WORDS.amountProblem);
  }
  const body = {
    conversions: sent["conversions"],
    max_event_cents: capOf(sent["max_event_cents"], currency),
    max_day_cents: capOf(sent["max_day_cents"], currency),
    dedupe_seconds: whole(sent["dedupe_seconds"]),
    origins: (sent["origins"] ?? "").split(/\s+/).filter((origin) => origin !== ""),
  };
  const change = parsed(body, (checked) => parseAppChange(checked, { operator: false }));
  // A list is one field here, whichever line of it is wrong.
  const at = change.ok ? undefined : change.failure.fields?.find(({ path }) => path.startsWith("origins."));
  return at === undefined ? change : wrong("origins", at.message);
}

function capOf(text: string | undefined, currency: string): number | null {
  return text === undefined || text === "" ? null : centsOf(text, currency);
}

function TrustForm({ app, draft }: { app: App; draft: Draft }) {
  const field = (name: string) => ({ name, value: draft.values[name], problem: problem(draft, name) });
  const currency = app.currency.toUpperCase();
  return (
    <Form action={appPath(app.id, "/settings/trust")}>
      <Card>
        <Choices
          {...field("conversions")}
          label={WORDS.whose}
          options={[
            { value: "open", label: WORDS.open, hint: WORDS.openHint },
            { value: "matched", label: WORDS.matched, hint: WORDS.matchedHint },
            { value: "keyed", label: WORDS.keyed, hint: WORDS.keyedHint },
          ]}
        />
      </Card>
      <Card title={WORDS.limits} lead={WORDS.limitsLead}>
        <div class="stack">
          <Field
            {...field("max_event_cents")}
            label={WORDS.maxEvent}
            hint={WORDS.noLimit}
            affix={currency}
            inputmode="decimal"
          />
          <Field
            {...field("max_day_cents")}
            label={WORDS.maxDay}
            hint={WORDS.noLimit}
            affix={currency}
            inputmode="decimal"
          />
          <Field
            {...field("dedupe_seconds")}
            label={WORDS.dedupe}
            hint={WORDS.dedupeHint}
            affix={WORDS.seconds}
            inputmode="numeric"
            required
          />
          <TextArea
            name="origins"
            label={WORDS.origins}
            hint={WORDS.originsHint}
            value={draft.values["origins"] ?? ""}
            problem={problem(draft, "origins")}
            rows={3}
          />
        </div>
      </Card>
      <div class="row">
        <Button>{COMMON.save}</Button>
      </div>
    </Form>
  );
}
