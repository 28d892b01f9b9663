import { CONVERSIONS } from "../../../texts/conversions.ts";
import { Card } from "../../components/data.tsx";
import { Button, Field, Form } from "../../components/form.tsx";
import { withQuery } from "../../forms.ts";
import { appPath } from "../head.ts";
import { formState, type Tried } from "./form-state.tsx";

const { customer: words, one } = CONVERSIONS;

/** What can be done about a customer by hand: to say whose they are, and to forget them. */
export function CustomerForms({ appId, userId, tried }: { appId: string; userId: string; tried: Tried | null }) {
  const { field, value, problem } = formState(tried, "assign");
  return (
    <>
      <Card title={words.assign} lead={words.assignLead}>
        <Form action={appPath(appId, "/conversions/customers/assign")}>
          <input type="hidden" name="user_id" value={userId} />
          <Field
            id="assign-ref"
            name="ref"
            label={words.code}
            required
            maxlength={64}
            value={value("ref")}
            problem={problem("ref") ?? problem("user_id")}
          />
          <Field
            id="assign-reason"
            {...field("reason")}
            label={one.reason}
            hint={one.reasonHint}
            required
            maxlength={256}
          />
          <div class="row">
            <Button kind="quiet">{words.assignButton}</Button>
          </div>
        </Form>
      </Card>
      <Card title={words.erase} lead={words.eraseLead} danger>
        <Button kind="danger" href={withQuery(appPath(appId, "/conversions/customers/erase"), { user_id: userId })}>
          {words.eraseButton}
        </Button>
      </Card>
    </>
  );
}
