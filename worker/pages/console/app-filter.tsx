import type { Deps } from "../../deps.ts";
import { readApps } from "../../services/programs/read-apps.ts";
import { CONSOLE_PAYOUTS as WORDS } from "../../texts/console-payouts.ts";
import { Field, Select } from "../components/form.tsx";

/** Apps to choose from: with more, one is named by its id. */
const MAX_CHOICES = 100;

/** The apps that a list over all of them can be narrowed to; null where there are too many to choose from. */
export type AppChoices = readonly { readonly value: string; readonly label: string }[] | null;

export async function readAppChoices(deps: Deps): Promise<AppChoices> {
  const apps = await readApps(deps, { after: null, limit: MAX_CHOICES + 1 });
  if (apps.length > MAX_CHOICES) return null;
  return apps.map(({ id, name }) => ({ value: id, label: name }));
}

/** The field that names the app. */
export function AppFilter({ apps, value }: { apps: AppChoices; value: string | undefined }) {
  if (apps === null) return <Field name="app" label={WORDS.appId} maxlength={80} value={value ?? ""} />;
  return (
    <Select name="app" label={WORDS.app} options={[{ value: "", label: WORDS.allApps }, ...apps]} value={value ?? ""} />
  );
}
