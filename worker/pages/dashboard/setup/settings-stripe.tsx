import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import type { Result } from "../../../domain/result.ts";
import { STRIPE_EVENTS } from "../../../domain/stripe-events.ts";
import { type ConnectionChange, connectStripe } from "../../../services/stripe/connect-stripe.ts";
import { disconnectStripe } from "../../../services/stripe/disconnect-stripe.ts";
import { readConnection } from "../../../services/stripe/read-connection.ts";
import { startOauth } from "../../../services/stripe/start-oauth.ts";
import { COMMON } from "../../../texts/common.ts";
import { SETUP } from "../../../texts/setup.ts";
import { parseConnectionChange, presentConnection } from "../../../wire/stripe-connection.ts";
import { Copy, CopyBlock } from "../../components/copy.tsx";
import { Badge, Card, Facts } from "../../components/data.tsx";
import { Button, Choice, Field, Form, TextArea } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { type Sent, sentBy, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, appPath, settingsHead } from "../head.ts";
import type { Guards } from "./guards.ts";
import { DoneNotice, type Draft, goOn, problem, refused, RefusedNotice, statusOf, stored, wrong } from "./parts.tsx";

const { stripe: WORDS } = SETUP;

type Connection = ReturnType<typeof presentConnection>;

const pathOf = (c: Context<PageEnv>) => appPath(c.get("app").id, "/settings/stripe");

/** `/apps/:appId/settings/stripe`: how the app is connected to Stripe. */
export function stripeSettings(deps: Deps, { own, fresh }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const { clientId, secretKey } = deps.config.stripe;
  const hasConnect = clientId !== null && secretKey !== null;
  const PATH = "/apps/:appId/settings/stripe";

  routes.get(PATH, own, async (c) => {
    const view = await readConnection(deps, c.get("app").id);
    if (!view.ok) return pageRefusal(c, view.failure);
    const connection = presentConnection(view.value, deps.config);
    return page(
      c,
      settingsHead(c, "stripe", { title: WORDS.title, lead: WORDS.lead }),
      <div class="stack">
        <DoneNotice c={c} />
        <div class="columns">
          <div class="stack">
            <State connection={connection} path={pathOf(c)} />
            {hasConnect ? <ByOauth connection={connection} path={pathOf(c)} /> : null}
            <Settings connection={connection} path={pathOf(c)} />
          </div>
          <ByEndpoint connection={connection} path={pathOf(c)} />
        </div>
      </div>,
    );
  });

  routes.post(PATH, own, async (c) => {
    const sent = await sentBy(c);
    const body = Object.fromEntries(SWITCHES.map((name) => [name, sent[name] !== undefined]));
    const change = parsed(body, parseConnectionChange);
    if (!change.ok) return pageRefusal(c, change.failure);
    const saved = await save(c, change.value);
    return saved.ok ? goOn(c, pathOf(c), "saved") : pageRefusal(c, saved.failure);
  });

  routes.get(`${PATH}/secrets`, fresh, (c) => askSecrets(c, stored({})));

  routes.post(`${PATH}/secrets`, fresh, async (c) => {
    const change = secretsChange(await sentBy(c));
    if (!change.ok) return askSecrets(c, refused({}, change.failure));
    const saved = await save(c, change.value);
    return saved.ok ? goOn(c, pathOf(c), "secrets") : askSecrets(c, refused({}, saved.failure));
  });

  routes.get(`${PATH}/connect`, fresh, (c) =>
    hasConnect
      ? page(
          c,
          settingsHead(c, "stripe", { title: WORDS.oauthTitle, lead: WORDS.oauthText, shape: "text" }),
          <Confirm action={`${pathOf(c)}/connect`} back={pathOf(c)} words={WORDS.oauthAction} />,
        )
      : pageRefusal(c, { code: "not_found", message: "No such page." }),
  );

  // A form may lead nowhere but to us, also by a redirect: the way to Stripe is a link.
  routes.post(`${PATH}/connect`, fresh, async (c) => {
    const started = await startOauth(deps, c.get("app").id, accessOf(c).actor);
    if (!started.ok) return pageRefusal(c, started.failure);
    c.header("Cache-Control", "no-store");
    return page(
      c,
      settingsHead(c, "stripe", { title: WORDS.oauthTitle, lead: WORDS.oauthText, shape: "text" }),
      <Card>
        <div class="row">
          <Button href={started.value.url}>{WORDS.oauthGo}</Button>
          <Button kind="quiet" href={pathOf(c)}>
            {COMMON.cancel}
          </Button>
        </div>
      </Card>,
    );
  });

  routes.get(`${PATH}/disconnect`, fresh, (c) =>
    page(
      c,
      settingsHead(c, "stripe", { title: WORDS.disconnectTitle, lead: WORDS.disconnectText, shape: "text" }),
      <Confirm action={`${pathOf(c)}/disconnect`} back={pathOf(c)} words={WORDS.disconnectAction} danger />,
    ),
  );

  routes.post(`${PATH}/disconnect`, fresh, async (c) => {
    await disconnectStripe(deps, c.get("app").id, accessOf(c).actor);
    return goOn(c, pathOf(c), "disconnected");
  });

  return routes;

  function save(c: Context<PageEnv>, change: ConnectionChange) {
    return connectStripe(deps, c.get("app").id, { actor: accessOf(c).actor, change });
  }
}

/** What was sent is not shown again: it is secret. */
function askSecrets(c: Context<PageEnv>, draft: Draft) {
  const { failure } = draft;
  return page(
    c,
    settingsHead(c, "stripe", { title: WORDS.secretsTitle, lead: WORDS.secretsLead, shape: "text" }),
    <div class="stack">
      <RefusedNotice failure={failure} />
      <SecretsForm draft={draft} path={pathOf(c)} mode={c.get("app").mode} />
    </div>,
    failure === null ? 200 : statusOf(c, failure),
  );
}

const SWITCHES = ["net_of_tax", "bare_client_reference_ids", "out_of_band"] as const;

function secretsChange(sent: Sent): Result<ConnectionChange> {
  const secrets = (sent["webhook_secrets"] ?? "").split(/[\s,]+/).filter((secret) => secret !== "");
  const key = sent["restricted_key"] ?? "";
  const body = { webhook_secrets: secrets, ...(key === "" ? {} : { restricted_key: key }) };
  const change = parsed(body, parseConnectionChange);
  const at = change.ok ? undefined : change.failure.fields?.find(({ path }) => path.startsWith("webhook_secrets"));
  return at === undefined ? change : wrong("webhook_secrets", at.message);
}

function isConnected({ account, webhook_secrets, restricted_key }: Connection): boolean {
  return account !== null || webhook_secrets > 0 || restricted_key !== null;
}

function State({ connection, path }: { connection: Connection; path: string }) {
  const { account, webhook_secrets, restricted_key } = connection;
  const connected = isConnected(connection);
  return (
    <Card
      title={WORDS.state}
      aside={<Badge tone={connected ? "good" : "wait"}>{connected ? WORDS.connected : WORDS.waiting}</Badge>}
    >
      <Facts
        facts={[
          [WORDS.account, account === null ? WORDS.none : <code>{account}</code>],
          [WORDS.secrets, webhook_secrets === 0 ? WORDS.none : String(webhook_secrets)],
          [WORDS.key, restricted_key === null ? WORDS.none : <code>{restricted_key}</code>],
        ]}
      />
      {connected ? (
        <Button kind="danger" slim href={`${path}/disconnect`}>
          {WORDS.disconnect}
        </Button>
      ) : null}
    </Card>
  );
}

function ByOauth({ connection, path }: { connection: Connection; path: string }) {
  return (
    <Card title={WORDS.oauth} lead={WORDS.oauthLead}>
      <Button href={`${path}/connect`}>{connection.account === null ? WORDS.oauthAction : WORDS.oauthAgain}</Button>
    </Card>
  );
}

function ByEndpoint({ connection, path }: { connection: Connection; path: string }) {
  return (
    <Card title={WORDS.endpoint} lead={WORDS.endpointLead}>
      <Copy value={connection.webhook_url} label={WORDS.endpointUrl} />
      <h3>{WORDS.events}</h3>
      <CopyBlock value={STRIPE_EVENTS.join("\n")} label={WORDS.events} />
      <Button kind="quiet" href={`${path}/secrets`}>
        {connection.webhook_secrets === 0 ? WORDS.giveSecrets : WORDS.replaceSecrets}
      </Button>
    </Card>
  );
}

function Settings({ connection, path }: { connection: Connection; path: string }) {
  const words = {
    net_of_tax: [WORDS.netOfTax, WORDS.netOfTaxHint],
    bare_client_reference_ids: [WORDS.bareRefs, WORDS.bareRefsHint],
    out_of_band: [WORDS.outOfBand, WORDS.outOfBandHint],
  } as const;
  return (
    <Card title={WORDS.settings}>
      <Form action={path}>
        <div>
          {SWITCHES.map((name) => (
            <Choice name={name} label={words[name][0]} hint={words[name][1]} checked={connection[name]} />
          ))}
        </div>
        <div class="row">
          <Button>{COMMON.save}</Button>
        </div>
      </Form>
    </Card>
  );
}

function SecretsForm({ draft, path, mode }: { draft: Draft; path: string; mode: string }) {
  return (
    <Card>
      <Form action={`${path}/secrets`}>
        <TextArea
          name="webhook_secrets"
          label={WORDS.secretsLabel}
          hint={WORDS.secretsHint}
          problem={problem(draft, "webhook_secrets")}
          rows={2}
          required
        />
        <Field
          name="restricted_key"
          type="password"
          label={WORDS.keyLabel}
          hint={WORDS.keyHint(mode)}
          problem={problem(draft, "restricted_key")}
          autocomplete="off"
        />
        <div class="row">
          <Button>{WORDS.save}</Button>
          <Button kind="quiet" href={path}>
            {COMMON.cancel}
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function Confirm({
  action,
  back,
  words,
  danger = false,
}: {
  action: string;
  back: string;
  words: string;
  danger?: boolean;
}) {
  return (
    <Card danger={danger}>
      <Form action={action} kind="row">
        {danger ? <Button kind="danger">{words}</Button> : <Button>{words}</Button>}
        <Button kind="quiet" href={back}>
          {COMMON.cancel}
        </Button>
      </Form>
    </Card>
  );
}
