const COOKIE = "agentlinks_ref=";
const CODE = /^[A-Za-z0-9_-]{1,64}$/;

/** Headers as fetch has them, or as Node and Express do. */
export type HeaderSource =
  | { readonly get: (name: string) => string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A Fetch `Request`, a request of Node's or Express', or the text of a `Cookie` header. */
export type RefSource = { readonly headers: HeaderSource } | string | null | undefined;

/** The code that the script keeps in the visitor's cookie, or null: without one, or where it cannot be a code. */
export function getRef(source: RefSource): string | null {
  const cookies = typeof source === "string" ? source : source ? headerOf(source.headers, "cookie") : null;
  if (!cookies) return null;
  const pairs = cookies.split(";").map((pair) => pair.trim());
  const values = pairs.filter((pair) => pair.startsWith(COOKIE)).map((pair) => pair.slice(COOKIE.length));
  return values.find((value) => CODE.test(value)) ?? null;
}

/** One header, whoever keeps it; null when it is not there. `name` is in lower case, as Node keeps them. */
export function headerOf(headers: HeaderSource, name: string): string | null {
  if (hasGet(headers)) return headers.get(name);
  const value = headers[name] ?? Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  if (value === undefined) return null;
  return typeof value === "string" ? value : value.join(", ");
}

function hasGet(headers: HeaderSource): headers is { readonly get: (name: string) => string | null } {
  return typeof headers.get === "function";
}
