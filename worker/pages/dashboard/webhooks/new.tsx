import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { takeOnce } from "../../../services/accounts/take-once.ts";
import { createEndpoint } from "../../../services/webhooks/create-endpoint.ts";
import { WEBHOOKS } from "../../../texts/webhooks.ts";
import { parseNewEndpoint } from "../../../wire/webhooks.ts";
import { page } from "../../components/page.tsx";
import { type PageEnv, personOf } from "../../context.ts";
import { sentBy } from "../../forms.ts";
import { accessOf, appPath, settingsHead } from "../head.ts";
import { goOn, Outcome, statusOf, type Tried } from "../program/form-state.tsx";
import type { Guards } from "../setup/guards.ts";
import { ENDPOINT_FORM, EndpointForm, readEndpointForm } from "./endpoint-form.tsx";
import { endpointPath, WEBHOOKS_PATH } from "./parts.tsx";
import { SecretView } from "./secret-view.tsx";

/** `/apps/:appId/settings/webhooks/new`: another endpoint, whose secret is shown once. */
export function newEndpointPages(deps: Deps, { fresh }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = `/apps/:appId${WEBHOOKS_PATH}/new`;

  routes.get(path, fresh, (c) => ask(c));

  routes.post(path, fresh, async (c) => {
    const sent = await sentBy(c);
    const draft = readEndpointForm(sent, parseNewEndpoint);
    if (!draft.ok) return ask(c, { form: ENDPOINT_FORM, sent, failure: draft.failure });
    if (!(await takeOnce(deps, personOf(c), sent["once"] ?? ""))) return goOn(c, WEBHOOKS_PATH, { done: "once" });
    const { actor } = accessOf(c);
    const made = await createEndpoint(deps, c.get("app").id, { actor, draft: draft.value });
    if (!made.ok) return ask(c, { form: ENDPOINT_FORM, sent, failure: made.failure });
    const { endpoint, secret } = made.value;
    // The answer to the form itself, and to nothing else: no address leads to it again.
    c.header("Cache-Control", "no-store");
    return page(
      c,
      settingsHead(c, "webhooks", { title: WEBHOOKS.secret.made, shape: "text" }),
      <SecretView secret={secret} href={endpointPath(c, endpoint.id)} />,
    );
  });

  return routes;

  function ask(c: Context<PageEnv>, tried: Tried | null = null) {
    const back = appPath(c.get("app").id, WEBHOOKS_PATH);
    const { title, lead, submit } = WEBHOOKS.fresh;
    return page(
      c,
      settingsHead(c, "webhooks", { title, lead, shape: "text" }),
      <div class="stack">
        <Outcome c={c} tried={tried} done={{}} />
        <EndpointForm
          action={`${back}/new`}
          back={back}
          submit={submit}
          once={deps.newId("once")}
          endpoint={null}
          tried={tried}
        />
      </div>,
      statusOf(tried),
    );
  }
}
