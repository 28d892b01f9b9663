import type { Context } from "hono";
import type { Failure, Result } from "../domain/result.ts";
import { type JsonObject, refuseHostile } from "../wire/body.ts";
import type { PageEnv } from "./context.ts";

/** What a form sent, by field: text alone, trimmed. A field sent twice or as a file is as one left out. */
export type Sent = Readonly<Record<string, string>>;

export async function sentBy(c: Context<PageEnv>): Promise<Sent> {
  const body = await c.req.parseBody();
  const texts = Object.entries(body).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value.trim()]] : [],
  );
  return Object.fromEntries(texts);
}

/** What was sent, but for fields that were left empty: they say nothing. */
export function filled(sent: Sent): Sent {
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== ""));
}

/** What is wrong with a field of a form that was refused, in words; undefined where nothing is. */
export function problemOf(failure: Failure | null, field: string): string | undefined {
  return failure?.fields?.find(({ path }) => path === field)?.message;
}

/**
 * `path` with these in its query, null ones left out. `path` may have a query of its own: what is named here replaces it.
 */
export function withQuery(path: string, query: Readonly<Record<string, string | null>>): string {
  const [pathname = "", search = ""] = path.split("?");
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(query)) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  const text = params.toString();
  return text === "" ? pathname : `${pathname}?${text}`;
}

/** A body as a parser of the wire takes it, refused as the API would. */
export function parsed<T>(body: JsonObject, parse: (body: JsonObject) => Result<T>): Result<T> {
  const safe = refuseHostile(body);
  return safe.ok ? parse(safe.value) : safe;
}
