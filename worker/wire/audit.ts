import * as v from "valibot";
import { ok } from "../domain/result.ts";
import type { AuditLine } from "../store/audit-log.ts";
import { check, optional, text } from "./fields.ts";
import { iso } from "./time.ts";

export const AuditFilterSchema = v.object({ action: optional(text), object: optional(text) });

const AllFilterSchema = v.object({
  app: optional(text),
  actor: optional(text),
  action: optional(text),
  object: optional(text),
});

/** Of the whole installation's. */
export function parseAllAuditFilter(query: unknown) {
  const parsed = check(AllFilterSchema, query);
  if (!parsed.ok) return parsed;
  const { app: appId, ...filter } = parsed.value;
  return ok({ appId, ...filter });
}

export const parseAuditFilter = (query: unknown) => check(AuditFilterSchema, query);

/** A line of the audit log. `before` and `after` are what the action is about, in the words of the wire. */
export function presentAuditLine(line: AuditLine) {
  return {
    id: line.id,
    at: iso(line.createdAt),
    actor: line.actor,
    action: line.action,
    object: line.object,
    before: presentState(line.before),
    after: presentState(line.after),
    reason: line.reason,
  };
}

function presentState(json: string | null): unknown {
  return json === null ? null : inWireWords(JSON.parse(json));
}

/** Our names are camelCase, those of the wire snake_case. What is written here is ours and as deep as we wrote it. */
function inWireWords(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(inWireWords);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [snakeCase(key), inWireWords(item)]));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
