import type { Db, Row } from "./db.ts";
import { integerOf, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** An endpoint of any app's that its operator may have to ask about. */
export interface EndpointInTrouble {
  readonly appId: string;
  readonly appName: string;
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** Null while it is still tried. */
  readonly disabledReason: "failing" | "gone" | null;
  readonly failingSince: number;
}

/** From which endpoints `w` those are found that fail since before `:failing_before`, or were switched off for that. */
export const IN_TROUBLE = `webhook_endpoint w INDEXED BY webhook_endpoint_failing
  WHERE w.failing_since > 0 AND w.status <> 'deleted' AND w.disabled_reason IS NOT 'owner'
    AND (w.disabled_reason IS NOT NULL OR w.failing_since <= :failing_before)`;

/** They of all apps, the longest first. */
export async function listEndpointsInTrouble(
  db: Db,
  { failingBefore, limit }: { failingBefore: number; limit: number },
): Promise<readonly EndpointInTrouble[]> {
  return (await db.query(LIST({ failing_before: failingBefore, limit }))).map(toEndpoint);
}

const LIST = statement(`
  SELECT t.*, p.name AS app_name FROM (
    SELECT w.app, w.id, w.url, w.description, w.disabled_reason, w.failing_since FROM ${IN_TROUBLE}
    ORDER BY w.failing_since, w.app, w.id LIMIT :limit) t
  CROSS JOIN app p ON p.id = t.app ORDER BY t.failing_since, t.app, t.id`);

function toEndpoint(row: Row): EndpointInTrouble {
  return {
    appId: textOf(row, "app"),
    appName: textOf(row, "app_name"),
    id: textOf(row, "id"),
    url: textOf(row, "url"),
    description: textOrNull(row, "description"),
    disabledReason: row["disabled_reason"] === null ? null : oneOf(row, "disabled_reason", ["failing", "gone"]),
    failingSince: integerOf(row, "failing_since"),
  };
}
