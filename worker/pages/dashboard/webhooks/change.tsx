import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import type { WebhookEndpoint } from "../../../store/webhook-store.ts";
import { takeOnce } from "../../../services/accounts/take-once.ts";
import { deleteEndpoint } from "../../../services/webhooks/delete-endpoint.ts";
import { rollSecret } from "../../../services/webhooks/roll-secret.ts";
import { updateEndpoint } from "../../../services/webhooks/update-endpoint.ts";
import { COMMON } from "../../../texts/common.ts";
import { WEBHOOKS } from "../../../texts/webhooks.ts";
import { parseEndpointChange, parseSecretRoll } from "../../../wire/webhooks.ts";
import { Card, Time } from "../../components/data.tsx";
import { Button, Choices, Form } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import { type PageEnv, personOf } from "../../context.ts";
import { parsed, sentBy } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, settingsHead } from "../head.ts";
import { formState, goOn, notThere, Outcome, statusOf, type Tried } from "../program/form-state.tsx";
import type { Guards } from "../setup/guards.ts";
import { ENDPOINT_FORM, EndpointForm, readEndpointForm } from "./endpoint-form.tsx";
import { findEndpoint } from "./find-endpoint.ts";
import { endpointPath, nameOf, WEBHOOKS_PATH } from "./parts.tsx";
import { SecretView } from "./secret-view.tsx";

const { roll: ROLL, remove: REMOVE } = WEBHOOKS;

/** The pages by which an endpoint is changed, gets another secret, or goes. Each asks for a fresh code: it says who learns of the app. */
export function endpointChangePages(deps: Deps, { fresh }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = `/apps/:appId${WEBHOOKS_PATH}/:endpointId`;

  routes.get(`${path}/change`, fresh, (c) => within(c, (endpoint) => askChange(c, endpoint)));

  routes.post(`${path}/change`, fresh, (c) =>
    within(c, async (endpoint) => {
      const sent = await sentBy(c);
      const change = readEndpointForm(sent, parseEndpointChange);
      if (!change.ok) return askChange(c, endpoint, { form: ENDPOINT_FORM, sent, failure: change.failure });
      const call = { actor: accessOf(c).actor, endpointId: endpoint.id, change: change.value };
      const changed = await updateEndpoint(deps, c.get("app").id, call);
      if (!changed.ok) return askChange(c, endpoint, { form: ENDPOINT_FORM, sent, failure: changed.failure });
      return goOn(c, `${WEBHOOKS_PATH}/${endpoint.id}`, { done: "saved" });
    }),
  );

  routes.get(`${path}/roll`, fresh, (c) => within(c, (endpoint) => askRoll(c, endpoint)));

  routes.post(`${path}/roll`, fresh, (c) =>
    within(c, async (endpoint) => {
      const sent = await sentBy(c);
      const asked = parsed({ overlap_hours: sent["overlap"] === "now" ? 0 : OVERLAP_HOURS }, parseSecretRoll);
      if (!asked.ok) return askRoll(c, endpoint, { form: "roll", sent, failure: asked.failure });
      if (!(await takeOnce(deps, personOf(c), sent["once"] ?? ""))) {
        return goOn(c, `${WEBHOOKS_PATH}/${endpoint.id}`, { done: "once" });
      }
      const call = { actor: accessOf(c).actor, endpointId: endpoint.id, ...asked.value };
      const rolled = await rollSecret(deps, c.get("app").id, call);
      if (!rolled.ok) return askRoll(c, endpoint, { form: "roll", sent, failure: rolled.failure });
      return shown(c, rolled.value);
    }),
  );

  routes.get(`${path}/delete`, fresh, (c) => within(c, (endpoint) => askDelete(c, endpoint)));

  routes.post(`${path}/delete`, fresh, (c) =>
    within(c, async (endpoint) => {
      const call = { actor: accessOf(c).actor, endpointId: endpoint.id };
      const deleted = await deleteEndpoint(deps, c.get("app").id, call);
      return deleted.ok ? goOn(c, WEBHOOKS_PATH, { done: "deleted" }) : pageRefusal(c, deleted.failure);
    }),
  );

  return routes;

  async function within(
    c: Context<PageEnv>,
    act: (endpoint: WebhookEndpoint) => Response | Promise<Response>,
  ): Promise<Response> {
    const endpoint = await findEndpoint(c, deps);
    return endpoint === null ? notThere(c) : act(endpoint);
  }

  function askRoll(c: Context<PageEnv>, endpoint: WebhookEndpoint, tried: Tried | null = null) {
    return page(
      c,
      settingsHead(c, "webhooks", { title: ROLL.title, lead: ROLL.lead, shape: "text" }),
      <div class="stack">
        <Outcome c={c} tried={tried} done={{}} />
        <Roll path={endpointPath(c, endpoint.id)} once={deps.newId("once")} tried={tried} />
      </div>,
      statusOf(tried),
    );
  }
}

/** What an old secret goes on for, where it does. */
const OVERLAP_HOURS = 24;

function askChange(c: Context<PageEnv>, endpoint: WebhookEndpoint, tried: Tried | null = null) {
  const path = endpointPath(c, endpoint.id);
  const { title, lead } = WEBHOOKS.change;
  return page(
    c,
    settingsHead(c, "webhooks", { title, lead, shape: "text" }),
    <div class="stack">
      <Outcome c={c} tried={tried} done={{}} />
      <EndpointForm action={`${path}/change`} back={path} submit={COMMON.save} endpoint={endpoint} tried={tried} />
    </div>,
    statusOf(tried),
  );
}

function askDelete(c: Context<PageEnv>, endpoint: WebhookEndpoint) {
  const path = endpointPath(c, endpoint.id);
  return page(
    c,
    settingsHead(c, "webhooks", { title: REMOVE.title(nameOf(endpoint)), lead: REMOVE.lead, shape: "text" }),
    <Card danger>
      <p>
        <code>{endpoint.url}</code>
      </p>
      <Form action={`${path}/delete`} kind="row">
        <Button kind="danger">{REMOVE.action}</Button>
        <Button kind="quiet" href={path}>
          {COMMON.cancel}
        </Button>
      </Form>
    </Card>,
  );
}

/** The answer to the form itself, and to nothing else: no address leads to it again. */
function shown(c: Context<PageEnv>, { endpoint, secret }: { endpoint: WebhookEndpoint; secret: string }) {
  c.header("Cache-Control", "no-store");
  const until = endpoint.previousSecretUntil;
  const note =
    until === null ? (
      WEBHOOKS.secret.alone
    ) : (
      <>
        {WEBHOOKS.secret.both} <Time at={until} />
      </>
    );
  return page(
    c,
    settingsHead(c, "webhooks", { title: WEBHOOKS.secret.rolled, shape: "text" }),
    <SecretView secret={secret} href={endpointPath(c, endpoint.id)} note={note} />,
  );
}

function Roll({ path, once, tried }: { path: string; once: string; tried: Tried | null }) {
  const state = formState(tried, "roll");
  return (
    <Card>
      <Form action={`${path}/roll`}>
        <input type="hidden" name="once" value={once} />
        <Choices
          name="overlap"
          label={ROLL.when}
          value={state.value("overlap", "day")}
          options={[
            { value: "day", label: ROLL.overlap, hint: ROLL.overlapHint },
            { value: "now", label: ROLL.now, hint: ROLL.nowHint },
          ]}
        />
        <div class="row">
          <Button>{ROLL.submit}</Button>
          <Button kind="quiet" href={path}>
            {COMMON.cancel}
          </Button>
        </div>
      </Form>
    </Card>
  );
}
