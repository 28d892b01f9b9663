import { EVENT_KINDS } from "../../../domain/event-kinds.ts";
import type { Result } from "../../../domain/result.ts";
import type { WebhookEndpoint } from "../../../store/webhook-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { WEBHOOKS } from "../../../texts/webhooks.ts";
import type { JsonObject } from "../../../wire/body.ts";
import { Card } from "../../components/data.tsx";
import { Button, Choice, Choices, Field, Form } from "../../components/form.tsx";
import { parsed, type Sent } from "../../forms.ts";
import { formState, type FormState, type Tried, wrongField } from "../program/form-state.tsx";
import { KINDS_BY_SUBJECT } from "./parts.tsx";

const { form: WORDS } = WEBHOOKS;

/** What the form of an endpoint is called where it is shown once more. */
export const ENDPOINT_FORM = "endpoint";

/** An endpoint as a form says it, by the API's own parser. The boxes count only where not all events are chosen. */
export function readEndpointForm<Parsed>(sent: Sent, parse: (body: JsonObject) => Result<Parsed>): Result<Parsed> {
  const types = sent["which"] === "all" ? null : EVENT_KINDS.filter((kind) => sent[boxOf(kind)] !== undefined);
  if (types?.length === 0) return wrongField("types", WORDS.pickOne);
  const description = sent["description"] ?? "";
  return parsed({ url: sent["url"], description: description === "" ? null : description, types }, parse);
}

/** The fields of an endpoint, with what was sent where that was refused, else with what is stored. */
export function EndpointForm({
  action,
  back,
  submit,
  once,
  endpoint,
  tried,
}: {
  action: string;
  back: string;
  submit: string;
  /** Of a form that is sent once. */
  once?: string;
  /** Null for one that is to be. */
  endpoint: WebhookEndpoint | null;
  tried: Tried | null;
}) {
  const state = formState(tried, ENDPOINT_FORM);
  return (
    <Form action={action}>
      {once === undefined ? null : <input type="hidden" name="once" value={once} />}
      <Card>
        <div class="stack">
          <Field
            {...state.field("url", endpoint?.url)}
            type="url"
            inputmode="url"
            label={WORDS.url}
            hint={WORDS.urlHint}
            placeholder={WORDS.urlPlaceholder}
            required
            maxlength={2_048}
          />
          <Field
            {...state.field("description", endpoint?.description ?? "")}
            label={WORDS.description}
            hint={WORDS.descriptionHint}
            maxlength={256}
          />
          <Which state={state} endpoint={endpoint} />
        </div>
      </Card>
      <Kinds tried={tried} endpoint={endpoint} />
      <div class="row">
        <Button>{submit}</Button>
        <Button kind="quiet" href={back}>
          {COMMON.cancel}
        </Button>
      </div>
    </Form>
  );
}

function Which({ state, endpoint }: { state: FormState; endpoint: WebhookEndpoint | null }) {
  const stored = endpoint === null || endpoint.kinds === null ? "all" : "some";
  return (
    <Choices
      name="which"
      label={WORDS.events}
      value={state.value("which", stored)}
      problem={state.problem("types")}
      options={[
        { value: "all", label: WORDS.all, hint: WORDS.allHint },
        { value: "some", label: WORDS.some, hint: WORDS.someHint },
      ]}
    />
  );
}

/** All kinds to tick, by what they are about; out of the way while all are chosen. */
function Kinds({ tried, endpoint }: { tried: Tried | null; endpoint: WebhookEndpoint | null }) {
  const isTicked = (kind: (typeof EVENT_KINDS)[number]) =>
    tried === null ? (endpoint?.kinds?.includes(kind) ?? false) : tried.sent[boxOf(kind)] !== undefined;
  return (
    <Card title={WORDS.kinds}>
      <div class="kinds">
        {KINDS_BY_SUBJECT.map(([subject, kinds]) => (
          <fieldset>
            <legend>{WEBHOOKS.subjectOf(subject)}</legend>
            {kinds.map((kind) => (
              <Choice name={boxOf(kind)} label={kind} hint={WEBHOOKS.kinds[kind]} checked={isTicked(kind)} />
            ))}
          </fieldset>
        ))}
      </div>
    </Card>
  );
}

function boxOf(kind: string): string {
  return `kind_${kind}`;
}
