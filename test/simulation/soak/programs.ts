import { randomUUID } from "node:crypto";
import type { Door } from "./doors.ts";

/** An app with its key, and who earns there. */
export interface Program {
  readonly appId: string;
  readonly key: string;
  readonly affiliates: readonly { readonly id: string; readonly ref: string }[];
}

/** Joins under way together: they are no part of the load. */
const AT_ONCE = 10;

/** Makes apps through the API, each with its creators: the traffic of all keeps within the limit of each key. */
export async function openPrograms(
  door: Pick<Door, "url" | "operatorKey">,
  { apps, affiliates }: { readonly apps: number; readonly affiliates: number },
): Promise<readonly Program[]> {
  const run = randomUUID().slice(0, 8);
  return inTurns(apps, async (app) => {
    const made = await post(door, "/api/v1/apps", {
      key: door.operatorKey,
      body: { name: `Shop ${app}`, commission_percent: 30 },
    });
    const joined = [];
    for (let n = 0; n < affiliates; n += 1) {
      const ref = `soak_${run}_${app}_${n}`;
      const { affiliate } = await post(door, "/api/v1/affiliates", {
        key: made.secret_key,
        body: { email: `${ref}@example.test`, ref },
      });
      joined.push({ id: affiliate.id, ref });
    }
    return { appId: made.app.id, key: made.secret_key, affiliates: joined };
  });
}

async function inTurns<T>(count: number, make: (n: number) => Promise<T>): Promise<readonly T[]> {
  const made: T[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const turn = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, n) => make(from + n));
    made.push(...(await Promise.all(turn)));
  }
  return made;
}

async function post(
  door: Pick<Door, "url" | "operatorKey">,
  path: string,
  { key, body }: { readonly key: string; readonly body: object },
): Promise<ReturnType<typeof JSON.parse>> {
  const response = await fetch(door.url + path, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
