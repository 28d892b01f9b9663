import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { commissionDue } from "../../../domain/commission.ts";
import { currencyDecimals, formatMoney, parseCurrency } from "../../../domain/currency.ts";
import { parsePercent, percentOf } from "../../../domain/percent.ts";
import type { Result } from "../../../domain/result.ts";
import { type AppChange, updateApp } from "../../../services/programs/update-app.ts";
import type { App } from "../../../store/app-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { SETUP } from "../../../texts/setup.ts";
import { parseAppChange } from "../../../wire/programs.ts";
import { Copy } from "../../components/copy.tsx";
import { Badge, Card, Facts, Notice, Sum, Time } from "../../components/data.tsx";
import { Button, Choice, Field, Form, Select } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import { type PageEnv, personOf } from "../../context.ts";
import { type Sent, sentBy, parsed } from "../../forms.ts";
import { accessOf, appPath, settingsHead } from "../head.ts";
import { currencyOptions, hostOf } from "./apps.tsx";
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
  wholeOrNull,
  wrong,
} from "./parts.tsx";

const { program: WORDS, create: CREATE } = SETUP;

/** A form that is only worked out: sent by another button. */
const PREVIEW = "preview";

/** `/apps/:appId/settings`: the program's rules, with what becomes of one sale. */
export function programSettings(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const { platformFeeBps } = deps.config;

  routes.get("/apps/:appId/settings", own, (c) => show(c, {}));

  routes.post("/apps/:appId/settings", own, async (c) => {
    const sent = await sentBy(c);
    const { id } = c.get("app");
    const change = parsed(programBody(sent), (body) => parseAppChange(body, { operator: false }));
    if (!change.ok) return show(c, { draft: refused(sent, change.failure) });
    if (sent[PREVIEW] !== undefined) return show(c, { draft: stored(sent), isPreview: true });
    const changed = await updateApp(deps, accessOf(c).actor, id, change.value);
    return changed.ok ? goOn(c, appPath(id, "/settings"), "saved") : show(c, { draft: refused(sent, changed.failure) });
  });

  routes.post("/apps/:appId/settings/operator", own, async (c) => {
    if (!personOf(c).isOperator) return c.notFound();
    const sent = await sentBy(c);
    const { id } = c.get("app");
    const change = operatorChange(sent);
    if (!change.ok) return show(c, { operatorDraft: refused(sent, change.failure) });
    await updateApp(deps, accessOf(c).actor, id, change.value);
    return goOn(c, appPath(id, "/settings"), "saved");
  });

  return routes;

  function show(
    c: Context<PageEnv>,
    { draft, operatorDraft, isPreview = false }: { draft?: Draft; operatorDraft?: Draft; isPreview?: boolean },
  ) {
    const app = c.get("app");
    const shown = draft ?? stored(programValues(app));
    const failure = draft?.failure ?? operatorDraft?.failure ?? null;
    return page(
      c,
      settingsHead(c, "program", { title: WORDS.title, lead: WORDS.lead }),
      <div class="stack">
        <DoneNotice c={c} />
        <RefusedNotice failure={failure} />
        {isPreview ? (
          <Notice tone="wait">
            <p>{SETUP.done.preview}</p>
          </Notice>
        ) : null}
        <div class="columns aside">
          <ProgramForm app={app} draft={shown} />
          <div class="stack">
            <Example app={app} values={shown.values} feeBps={app.platformFeeBps ?? platformFeeBps} />
            <Card title={WORDS.id} aside={<Badge>{app.mode === "live" ? CREATE.live : CREATE.test}</Badge>}>
              <Copy value={app.id} label={WORDS.id} />
            </Card>
            {personOf(c).isOperator ? (
              <OperatorForm app={app} draft={operatorDraft ?? stored(operatorValues(app))} feeBps={platformFeeBps} />
            ) : null}
          </div>
        </div>
      </div>,
      failure === null ? 200 : statusOf(c, failure),
    );
  }
}

function programValues(app: App): Sent {
  return {
    name: app.name,
    domain: app.domain ?? "",
    currency: app.currency,
    commission_percent: String(percentOf(app.rateBps)),
    holding_days: String(app.holdingDays),
    max_months: app.maxMonths === null ? "" : String(app.maxMonths),
    ...(app.newCustomersOnly ? { new_customers_only: "1" } : {}),
  };
}

/** A box that is not ticked sends nothing, and this form always has it: then it is off. */
function programBody(sent: Sent) {
  const domain = hostOf(sent["domain"]);
  const from = sent["commission_from"] ?? "";
  return {
    name: sent["name"],
    domain: domain === "" ? null : domain,
    currency: sent["currency"],
    commission_percent: sent["commission_percent"],
    ...(from === "" ? {} : { commission_from: `${from}T00:00:00Z` }),
    holding_days: whole(sent["holding_days"]),
    max_months: wholeOrNull(sent["max_months"]),
    new_customers_only: sent["new_customers_only"] !== undefined,
  };
}

function operatorValues(app: App): Sent {
  return {
    fee_percent: app.platformFeeBps === null ? "" : String(percentOf(app.platformFeeBps)),
    ...(app.operatorFunded ? { operator_funded: "1" } : {}),
  };
}

function operatorChange(sent: Sent): Result<AppChange> {
  const percent = sent["fee_percent"] ?? "";
  const bps = percent === "" ? null : parsePercent(percent);
  if (percent !== "" && bps === null) return wrong("fee_percent", "must be 0–100 with at most two decimals");
  const body = { platform_fee_bps: bps, operator_funded: sent["operator_funded"] !== undefined };
  return parsed(body, (checked) => parseAppChange(checked, { operator: true }));
}

function ProgramForm({ app, draft }: { app: App; draft: Draft }) {
  const { values } = draft;
  const field = (name: string) => ({ name, value: values[name], problem: problem(draft, name) });
  return (
    <Form action={appPath(app.id, "/settings")}>
      <Card title={WORDS.basics}>
        <div class="stack">
          <Field {...field("name")} label={CREATE.name} hint={CREATE.nameHint} required maxlength={256} />
          <Field {...field("domain")} label={CREATE.domain} hint={CREATE.domainHint} maxlength={256} />
          <Select
            {...field("currency")}
            label={CREATE.currency}
            hint={CREATE.currencyHint}
            options={currencyOptions()}
            required
          />
        </div>
      </Card>
      <Card title={WORDS.commission} lead={WORDS.commissionKept}>
        <div class="stack">
          <Field
            {...field("commission_percent")}
            label={WORDS.commission}
            hint={CREATE.commissionHint}
            affix="%"
            inputmode="decimal"
            required
          />
          <Field
            {...field("commission_from")}
            label={WORDS.commissionFrom}
            hint={WORDS.commissionFromHint}
            type="date"
          />
          {app.nextRate === null ? null : <NextRate next={app.nextRate} />}
        </div>
      </Card>
      <Card title={WORDS.rules}>
        <div class="stack">
          <Field
            {...field("holding_days")}
            label={WORDS.holdingDays}
            hint={WORDS.holdingDaysHint}
            affix={WORDS.days}
            inputmode="numeric"
            required
          />
          <Field
            {...field("max_months")}
            label={WORDS.maxMonths}
            hint={WORDS.maxMonthsHint}
            affix={WORDS.months}
            inputmode="numeric"
          />
          <Choice
            name="new_customers_only"
            label={WORDS.newCustomersOnly}
            hint={WORDS.newCustomersOnlyHint}
            checked={values["new_customers_only"] !== undefined}
          />
        </div>
      </Card>
      <div class="row">
        <Button>{WORDS.save}</Button>
        <Button kind="quiet" name={PREVIEW} value="1">
          {WORDS.preview}
        </Button>
      </div>
    </Form>
  );
}

function NextRate({ next }: { next: NonNullable<App["nextRate"]> }) {
  const { bps, from } = next;
  return (
    <Facts
      facts={[
        [
          WORDS.nextLabel,
          <>
            <Time at={from} as="date" /> – {bps === null ? COMMON.none : SETUP.percent(percentOf(bps))}
          </>,
        ],
      ]}
    />
  );
}

/** What becomes of one sale of 100, as the books would count it. */
function Example({ app, values, feeBps }: { app: App; values: Sent; feeBps: number }) {
  const currency = parseCurrency(values["currency"] ?? "") ?? app.currency;
  const rateBps = parsePercent(values["commission_percent"] ?? "") ?? app.rateBps;
  const sale = 100 * 10 ** currencyDecimals(currency);
  const { grossCents, feeCents, netCents } = commissionDue(
    { baseCents: sale, capturedCents: sale, rateBps, feeBps },
    0,
  );
  const money = (cents: number) => formatMoney(cents, currency);
  const fee = [WORDS.fee(SETUP.percent(percentOf(feeBps))), money(-feeCents)] as const;
  return (
    <Card title={WORDS.example(money(sale))} lead={WORDS.exampleLead}>
      <Sum
        lines={[
          [WORDS.customerPays, money(sale)],
          [WORDS.yourCommission(SETUP.percent(percentOf(rateBps))), money(grossCents)],
          ...(feeBps === 0 ? [] : [fee]),
          [WORDS.net, money(netCents)],
        ]}
      />
    </Card>
  );
}

function OperatorForm({ app, draft, feeBps }: { app: App; draft: Draft; feeBps: number }) {
  return (
    <Card title={WORDS.operator} lead={WORDS.operatorLead}>
      <Form action={appPath(app.id, "/settings/operator")}>
        <Field
          name="fee_percent"
          label={WORDS.feePercent}
          hint={WORDS.feePercentHint(SETUP.percent(percentOf(feeBps)))}
          affix="%"
          inputmode="decimal"
          value={draft.values["fee_percent"]}
          problem={problem(draft, "fee_percent")}
        />
        <Choice
          name="operator_funded"
          label={WORDS.operatorFunded}
          hint={WORDS.operatorFundedHint}
          checked={draft.values["operator_funded"] !== undefined}
        />
        <div class="row">
          <Button>{COMMON.save}</Button>
        </div>
      </Form>
    </Card>
  );
}
