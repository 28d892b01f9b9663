import { formatMoney, parseCurrency } from "../../../domain/currency.ts";
import { percentOf } from "../../../domain/percent.ts";
import { AUDIT } from "../../../texts/audit.ts";

/** A thing that a line of the audit log tells of, in words. `from` null: only how it is since. */
export interface Change {
  readonly name: string;
  readonly from: string | null;
  readonly to: string;
}

type State = Readonly<Record<string, unknown>>;

/** A value longer than this is cut: a line is to be read. */
const MAX_LENGTH = 120;

/** What changed between two states as the audit log has them. What stayed is left out, and what says nothing. */
export function changesOf(before: unknown, after: unknown): readonly Change[] {
  const [from, to] = [stateOf(before), stateOf(after)];
  const isNew = before === null;
  // Of what is over only the former state is known.
  if (after === null)
    return Object.keys(from).map((name) => ({ name: nameOf(name), from: null, to: words(from, name) }));
  return Object.keys(to).flatMap((name): readonly Change[] => {
    const said = words(to, name);
    if (isNew) return said === AUDIT.nothing ? [] : [{ name: nameOf(name), from: null, to: said }];
    const former = words(from, name);
    return former === said ? [] : [{ name: nameOf(name), from: former, to: said }];
  });
}

function stateOf(state: unknown): State {
  if (typeof state !== "object" || state === null || Array.isArray(state)) return {};
  return Object.fromEntries(Object.entries(state));
}

function nameOf(name: string): string {
  return name.replace(/_(?:bps|cents)$/, "").replaceAll("_", " ");
}

function words(state: State, name: string): string {
  const value = state[name];
  if (value === null || value === undefined || value === "") return AUDIT.nothing;
  if (typeof value === "number") return numberWords(state, { name, value });
  return cut(textOf(value));
}

function numberWords(state: State, { name, value }: { name: string; value: number }): string {
  const currency = typeof state["currency"] === "string" ? parseCurrency(state["currency"]) : null;
  if (name.endsWith("_bps")) return `${percentOf(value)} %`;
  if (name.endsWith("_cents") && currency !== null) return formatMoney(value, currency);
  return /_(?:at|from)$/.test(name) ? new Date(value).toISOString() : String(value);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "object" && value !== null
    ? Object.entries(value)
        .map(([name, one]) => `${name} ${textOf(one)}`)
        .join(", ")
    : JSON.stringify(value);
}

function cut(text: string): string {
  if (text === "") return AUDIT.nothing;
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
