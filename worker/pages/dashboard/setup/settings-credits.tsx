import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { awardsOf } from "../../../domain/credit-award.ts";
import { shareLink } from "../../../domain/credit-program.ts";
import type { Failure } from "../../../domain/result.ts";
import { updateApp } from "../../../services/programs/update-app.ts";
import type { App } from "../../../store/app-store.ts";
import { CREDITS } from "../../../texts/credits.ts";
import { parseAppChange } from "../../../wire/programs.ts";
import { Card, Notice, Sum } from "../../components/data.tsx";
import { Button, Choice, Choices, Field, Form, TextArea } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { type Sent, parsed, sentBy } from "../../forms.ts";
import { accessOf, appPath, settingsHead } from "../head.ts";
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
} from "./parts.tsx";
import { SETUP } from "../../../texts/setup.ts";

const { settings: WORDS } = CREDITS;

/** A form that is only worked out: sent by another button. */
const PREVIEW = "preview";
/** What stands before a setting's name in a refusal of the wire. */
const PREFIX = "credits.";

const pathOf = (c: Context<PageEnv>) => appPath(c.get("app").id, "/settings/credits");

/** `/apps/:appId/settings/credits`: the rules of friend credits, with what becomes of one friend. */
export function creditSettings(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/settings/credits", own, (c) => show(c, stored(valuesOf(c.get("app")))));

  routes.post("/apps/:appId/settings/credits", own, async (c) => {
    const sent = await sentBy(c);
    const change = parsed({ credits: settingsOf(sent) }, (body) => parseAppChange(body, { operator: false }));
    if (!change.ok) return show(c, refused(sent, plain(change.failure)));
    if (sent[PREVIEW] !== undefined) return show(c, stored(sent), true);
    const changed = await updateApp(deps, accessOf(c).actor, c.get("app").id, change.value);
    return changed.ok ? goOn(c, pathOf(c), "saved") : show(c, refused(sent, plain(changed.failure)));
  });

  return routes;
}

function show(c: Context<PageEnv>, draft: Draft, isPreview = false) {
  const app = c.get("app");
  return page(
    c,
    settingsHead(c, "credits", { title: WORDS.title, lead: WORDS.lead }),
    <div class="stack">
      <DoneNotice c={c} />
      <RefusedNotice failure={draft.failure} />
      {isPreview ? (
        <Notice tone="wait">
          <p>{SETUP.done.preview}</p>
        </Notice>
      ) : null}
      <div class="columns aside">
        <Form action={pathOf(c)}>
          <Who draft={draft} />
          <Awards draft={draft} />
          <When draft={draft} />
          <Share app={app} draft={draft} />
          <div class="row">
            <Button>{WORDS.save}</Button>
            <Button kind="quiet" name={PREVIEW} value="1">
              {WORDS.preview}
            </Button>
          </div>
        </Form>
        <Examples app={app} values={draft.values} />
      </div>
    </div>,
    draft.failure === null ? 200 : statusOf(c, draft.failure),
  );
}

/** A refusal with its fields as the form calls them: of a list of countries the first that is wrong. */
function plain(failure: Failure): Failure {
  if (failure.fields === undefined) return failure;
  const fields = failure.fields.map(({ path, message }) => ({
    path: path.startsWith(PREFIX) ? (path.slice(PREFIX.length).split(".")[0] ?? path) : path,
    message,
  }));
  return { ...failure, fields };
}

function valuesOf({ credits }: App): Sent {
  return {
    accounts: credits.accounts,
    countries: credits.countries.join(", "),
    referrer_award: String(credits.referrerAward),
    referee_award: String(credits.refereeAward),
    cap: String(credits.cap),
    qualifying_event: credits.qualifyingEvent,
    pending_days: credits.pendingDays === null ? "" : String(credits.pendingDays),
    share_url: credits.shareUrl ?? "",
    about: credits.about ?? "",
    ...(credits.bonusWhenCapped ? { bonus_when_capped: "1" } : {}),
  };
}

/** The settings as the API takes them. The form has every field: a box that is not sent is off, and an empty text is none. */
function settingsOf(sent: Sent) {
  return {
    accounts: sent["accounts"],
    countries: (sent["countries"] ?? "")
      .split(/[\s,;]+/)
      .filter((country) => country !== "")
      .map((country) => country.toUpperCase()),
    referrer_award: number(sent["referrer_award"]),
    referee_award: number(sent["referee_award"]),
    cap: number(sent["cap"]),
    qualifying_event: sent["qualifying_event"],
    bonus_when_capped: sent["bonus_when_capped"] !== undefined,
    pending_days: wholeOrNull(sent["pending_days"]),
    share_url: textOrNone(sent["share_url"]),
    about: textOrNone(sent["about"]),
  };
}

/** As people write numbers: 10,000 is 10000. */
function number(text: string | undefined) {
  return whole(text?.replaceAll(/[,\s]/g, ""));
}

function textOrNone(text: string | undefined): string | null {
  return text === undefined || text === "" ? null : text;
}

function fieldOf(draft: Draft) {
  return (name: string) => ({ name, value: draft.values[name], problem: problem(draft, name) });
}

function Who({ draft }: { draft: Draft }) {
  const field = fieldOf(draft);
  return (
    <Card title={WORDS.who}>
      <div class="stack">
        <Choices
          {...field("accounts")}
          label={WORDS.accounts}
          options={[
            { value: "all", label: WORDS.all },
            { value: "listed", label: WORDS.listed, hint: WORDS.listedHint },
            { value: "none", label: WORDS.none, hint: WORDS.noneHint },
          ]}
        />
        <Field {...field("countries")} label={WORDS.countries} hint={WORDS.countriesHint} />
      </div>
    </Card>
  );
}

function Awards({ draft }: { draft: Draft }) {
  const field = fieldOf(draft);
  const credits = { affix: WORDS.affix, inputmode: "numeric", required: true } as const;
  return (
    <Card title={WORDS.awards} lead={WORDS.hundred}>
      <div class="stack">
        <Field {...field("referrer_award")} {...credits} label={WORDS.referrerAward} />
        <Field {...field("referee_award")} {...credits} label={WORDS.refereeAward} />
        <Field {...field("cap")} {...credits} label={WORDS.cap} hint={WORDS.capHint} />
        <Choice
          name="bonus_when_capped"
          label={WORDS.bonus}
          hint={WORDS.bonusHint}
          checked={draft.values["bonus_when_capped"] !== undefined}
        />
      </div>
    </Card>
  );
}

function When({ draft }: { draft: Draft }) {
  const field = fieldOf(draft);
  return (
    <Card title={WORDS.when}>
      <div class="stack">
        <Choices
          {...field("qualifying_event")}
          label={WORDS.event}
          options={[
            { value: "signup", label: WORDS.signup, hint: WORDS.signupHint },
            { value: "first_payment", label: WORDS.firstPayment, hint: WORDS.firstPaymentHint },
          ]}
        />
        <Field
          {...field("pending_days")}
          label={WORDS.pendingDays}
          hint={WORDS.pendingDaysHint}
          affix={WORDS.days}
          inputmode="numeric"
        />
      </div>
    </Card>
  );
}

function Share({ app, draft }: { app: App; draft: Draft }) {
  const field = fieldOf(draft);
  const standard =
    app.domain === null ? null : shareLink("{code}", { shareUrl: null, domain: app.domain, publicUrl: "" });
  const shown = standard === null ? WORDS.noSite : decodeURIComponent(standard);
  return (
    <Card title={WORDS.share}>
      <div class="stack">
        <Field {...field("share_url")} label={WORDS.shareUrl} hint={WORDS.shareUrlHint(shown)} maxlength={256} />
        <TextArea
          {...field("about")}
          value={draft.values["about"] ?? ""}
          label={WORDS.about}
          hint={WORDS.aboutHint}
          rows={3}
          maxlength={300}
        />
      </div>
    </Card>
  );
}

/** Somebody just below the limit, and then at it, by the rules that are shown: what is no number counts as it is stored. */
function Examples({ app, values }: { app: App; values: Sent }) {
  const rule = (name: string, otherwise: number) => {
    const value = number(values[name]);
    return typeof value === "number" && value >= 0 ? value : otherwise;
  };
  const program = {
    referrerAward: rule("referrer_award", app.credits.referrerAward),
    refereeAward: rule("referee_award", app.credits.refereeAward),
    cap: rule("cap", app.credits.cap),
    bonusWhenCapped: values["bonus_when_capped"] !== undefined,
  };
  const { cap } = program;
  const earned = Math.max(0, cap - Math.ceil(program.referrerAward / 2));
  const [near, at] = [awardsOf(program, earned), awardsOf(program, cap)];
  return (
    <div class="stack">
      <Card title={WORDS.example} lead={WORDS.exampleLead(earned, cap)}>
        <Sum
          lines={[
            [WORDS.exampleFriend, CREDITS.credits(near.referee)],
            [WORDS.exampleReferrer, CREDITS.credits(near.referrer)],
            [WORDS.exampleNow, CREDITS.credits(earned + near.referrer)],
          ]}
        />
      </Card>
      <Card title={WORDS.capped} lead={WORDS.cappedLead(cap)}>
        <Sum
          isEven
          lines={[
            [WORDS.exampleFriend, CREDITS.credits(at.referee)],
            [WORDS.exampleReferrer, CREDITS.credits(at.referrer)],
          ]}
        />
      </Card>
    </div>
  );
}
