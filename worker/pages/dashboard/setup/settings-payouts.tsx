import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { centsOf } from "../../../domain/amount-text.ts";
import { parseCurrency } from "../../../domain/currency.ts";
import { ok, type Result } from "../../../domain/result.ts";
import { changePayoutPolicy, type PolicyChange } from "../../../services/payouts/change-policy.ts";
import { isRailOpen, type PayoutPolicy, readPayoutPolicy } from "../../../services/payouts/read-policy.ts";
import type { App } from "../../../store/app-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { SETUP } from "../../../texts/setup.ts";
import { parsePolicyChange } from "../../../wire/payouts.ts";
import { Card, Facts } from "../../components/data.tsx";
import { Button, Choices, Field, Form, Select } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { type Sent, sentBy, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, appPath, settingsHead } from "../head.ts";
import { currencyOptions } from "./apps.tsx";
import type { Guards } from "./guards.ts";
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
import { amountText } from "./settings-trust.tsx";

const { payouts: WORDS } = SETUP;

/** A field of a currency's least amount; another one's is chosen beside it. */
const MINIMUM = /^minimum_([a-z]{3})$/;

const pathOf = ({ id }: App) => appPath(id, "/settings/payouts");

/** `/apps/:appId/settings/payouts`: how creators are paid, and the key that pays them. */
export function payoutSettings(deps: Deps, { own, fresh }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/settings/payouts", own, (c) => show(c, null));

  routes.post("/apps/:appId/settings/payouts", own, async (c) => {
    const sent = await sentBy(c);
    const app = c.get("app");
    const change = policyChange(sent);
    if (!change.ok) return show(c, refused(sent, change.failure));
    const { actor } = accessOf(c);
    const changed = await changePayoutPolicy(deps, app.id, { actor, change: change.value });
    return changed.ok ? goOn(c, pathOf(app), "saved") : show(c, refused(sent, changed.failure));
  });

  routes.get("/apps/:appId/settings/payouts/key", fresh, (c) => askKey(c, stored({})));

  routes.post("/apps/:appId/settings/payouts/key", fresh, async (c) => {
    const sent = await sentBy(c);
    const app = c.get("app");
    const change = parsed({ stripe_key: sent["stripe_key"] }, parsePolicyChange);
    if (!change.ok) return askKey(c, refused({}, change.failure));
    const changed = await changePayoutPolicy(deps, app.id, { actor: accessOf(c).actor, change: change.value });
    return changed.ok ? goOn(c, pathOf(app), "key_saved") : askKey(c, refused({}, changed.failure));
  });

  routes.post("/apps/:appId/settings/payouts/key/remove", fresh, async (c) => {
    const app = c.get("app");
    await changePayoutPolicy(deps, app.id, { actor: accessOf(c).actor, change: { stripeKey: null } });
    return goOn(c, pathOf(app), "key_removed");
  });

  return routes;

  async function show(c: Context<PageEnv>, draft: Draft | null) {
    const app = c.get("app");
    const policy = await readPayoutPolicy(deps, app.id);
    if (!policy.ok) return pageRefusal(c, policy.failure);
    const failure = draft?.failure ?? null;
    return page(
      c,
      settingsHead(c, "payouts", { title: WORDS.title, lead: WORDS.lead }),
      <div class="stack">
        <DoneNotice c={c} />
        <RefusedNotice failure={failure} />
        <div class="columns aside">
          <PolicyForm
            app={app}
            policy={policy.value}
            draft={draft ?? stored(policyValues(policy.value))}
            isStripeOpen={isRailOpen(deps, "stripe")}
          />
          <Funding app={app} policy={policy.value} />
        </div>
      </div>,
      failure === null ? 200 : statusOf(c, failure),
    );
  }
}

/** What was sent is not shown again: it is a secret. */
function askKey(c: Context<PageEnv>, draft: Draft) {
  const app = c.get("app");
  const { failure } = draft;
  return page(
    c,
    settingsHead(c, "payouts", { title: WORDS.keyTitle, lead: WORDS.keyLead, shape: "text" }),
    <div class="stack">
      <RefusedNotice failure={failure} />
      <Card>
        <Form action={`${pathOf(app)}/key`}>
          <Field
            name="stripe_key"
            type="password"
            label={WORDS.keyLabel}
            hint={WORDS.keyHint(app.mode)}
            problem={problem(draft, "stripe_key")}
            autocomplete="off"
            required
          />
          <div class="row">
            <Button>{WORDS.keySave}</Button>
            <Button kind="quiet" href={pathOf(app)}>
              {COMMON.cancel}
            </Button>
          </div>
        </Form>
      </Card>
      <Form action={`${pathOf(app)}/key/remove`} kind="row">
        <Button kind="danger" slim>
          {WORDS.keyRemove}
        </Button>
      </Form>
    </div>,
    failure === null ? 200 : statusOf(c, failure),
  );
}

function policyValues({ rail, schedule, scheduleDay, minimums }: PayoutPolicy): Sent {
  const amounts = Object.entries(minimums).map(([code, cents]) => [`minimum_${code}`, amountText(cents, code)]);
  return { rail, schedule, schedule_day: String(scheduleDay), ...Object.fromEntries(amounts) };
}

function policyChange(sent: Sent): Result<PolicyChange> {
  const minimums = minimumsOf(sent);
  if (!minimums.ok) return minimums;
  const { rail, schedule } = sent;
  // Without a schedule its day says nothing, and the field may hold anything.
  const day = schedule === "none" ? {} : { schedule_day: whole(sent["schedule_day"]) };
  return parsed({ rail, schedule, ...day, minimums: minimums.value }, parsePolicyChange);
}

function minimumsOf(sent: Sent): Result<Readonly<Record<string, number | null>>> {
  const minimums: Record<string, number | null> = {};
  for (const [name, text] of Object.entries(sent)) {
    const currency = parseCurrency(MINIMUM.exec(name)?.[1] ?? "");
    if (currency === null) continue;
    const cents = text === "" ? null : centsOf(text, currency);
    if (text !== "" && (cents === null || cents < 1)) return wrong(name, SETUP.trust.amountProblem);
    minimums[currency] = cents;
  }
  const another = parseCurrency(sent["another"] ?? "");
  if (another !== null) {
    const cents = centsOf(sent["another_amount"] ?? "", another);
    if (cents === null || cents < 1) return wrong("another_amount", SETUP.trust.amountProblem);
    minimums[another] = cents;
  }
  return ok(minimums);
}

function PolicyForm({
  app,
  policy,
  draft,
  isStripeOpen,
}: {
  app: App;
  policy: PayoutPolicy;
  draft: Draft;
  isStripeOpen: boolean;
}) {
  const field = (name: string) => ({ name, value: draft.values[name], problem: problem(draft, name) });
  const stripe = { value: "stripe", label: WORDS.stripe, hint: WORDS.stripeHint };
  return (
    <Form action={appPath(app.id, "/settings/payouts")}>
      <Card>
        <div class="stack">
          <Choices
            {...field("rail")}
            label={WORDS.way}
            hint={isStripeOpen ? undefined : WORDS.stripeClosed}
            options={[
              { value: "manual", label: WORDS.manual, hint: WORDS.manualHint },
              ...(isStripeOpen || policy.rail === "stripe" ? [stripe] : []),
            ]}
          />
          <Select
            {...field("schedule")}
            label={WORDS.schedule}
            hint={WORDS.scheduleHint}
            options={[
              { value: "none", label: WORDS.scheduleNone },
              { value: "weekly", label: WORDS.scheduleWeekly },
              { value: "monthly", label: WORDS.scheduleMonthly },
            ]}
          />
          <Field {...field("schedule_day")} label={WORDS.day} hint={WORDS.dayHint} inputmode="numeric" />
        </div>
      </Card>
      <Card title={WORDS.minimums} lead={WORDS.minimumsLead}>
        <div class="stack">
          {Object.keys(policy.minimums).map((currency) => (
            <Field
              {...field(`minimum_${currency}`)}
              label={WORDS.minimum(currency)}
              hint={currency === app.currency ? WORDS.minimumOwn : WORDS.minimumEmpty}
              affix={currency.toUpperCase()}
              inputmode="decimal"
            />
          ))}
          <Select
            {...field("another")}
            label={WORDS.another}
            options={[{ value: "", label: WORDS.anotherNone }, ...currencyOptions()]}
          />
          <Field {...field("another_amount")} label={WORDS.anotherAmount} inputmode="decimal" />
        </div>
      </Card>
      <div class="row">
        <Button>{COMMON.save}</Button>
      </div>
    </Form>
  );
}

function Funding({ app, policy }: { app: App; policy: PayoutPolicy }) {
  const { rail, payer, stripeKey } = policy;
  return (
    <Card title={WORDS.funding}>
      <p>{rail === "manual" ? WORDS.payerManual : payerText(payer)}</p>
      <Facts facts={[[WORDS.key, stripeKey === null ? WORDS.noKey : <code>{stripeKey}</code>]]} />
      <Button kind="quiet" slim href={appPath(app.id, "/settings/payouts/key")}>
        {stripeKey === null ? WORDS.setKey : WORDS.replaceKey}
      </Button>
    </Card>
  );
}

function payerText(payer: PayoutPolicy["payer"]): string {
  switch (payer) {
    case "app":
      return WORDS.payerApp;
    case "operator":
      return WORDS.payerOperator;
    case null:
      return WORDS.payerNone;
  }
}
