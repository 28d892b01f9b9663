import type { Deps } from "../../deps.ts";
import { countUnder } from "../../store/auth-store.ts";
import { integerOf } from "../../store/statement.ts";
import { sha256 } from "../hashing.ts";
import type { Person } from "./person.ts";

/** A page that was left open longer is sent anew. */
const WINDOW_MS = 86_400_000;

/**
 * Whether a person's form is sent for the first time, by the token that its page gave it: what makes a secret is not to make another
 * one when the page that shows it is loaded again. A form without a token is always a first one.
 */
export async function takeOnce(deps: Deps, { id }: Pick<Person, "id">, token: string): Promise<boolean> {
  if (token === "") return true;
  const key = `form:${await sha256(`${id} ${token}`)}`;
  const count = countUnder(key, { id: deps.newId("lim"), realNow: deps.realNow(), windowMs: WINDOW_MS });
  const [[row] = []] = await deps.db.batch([count]);
  return row === undefined || integerOf(row, "count") === 1;
}
