import { SETUP } from "../../../texts/setup.ts";
import { Notice } from "../../components/data.tsx";
import { Button, Form } from "../../components/form.tsx";
import { appPath } from "../head.ts";

/** Once somebody vouches for events: to take nobody else's word any more, by one click. */
export function KeyedOffer({ appId }: { appId: string }) {
  const { switchTitle, switchText, switchAction } = SETUP.trust;
  return (
    <Notice title={switchTitle}>
      <p>{switchText}</p>
      <Form action={appPath(appId, "/settings/trust/keyed")} kind="row">
        <Button slim>{switchAction}</Button>
      </Form>
    </Notice>
  );
}
