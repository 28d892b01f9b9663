import type * as v from "valibot";
import type { Example } from "./example.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { Operation } from "./operation.ts";
import { PATH_PARAMETERS } from "./path-parameters.ts";

interface Parts {
  readonly example: Example | undefined;
  readonly of: (schema: v.GenericSchema) => JsonSchema;
}

/** What stands in the path, the query and the headers of a call, with what stood there in the example. */
export function parametersOf(operation: Operation, { example, of }: Parts): readonly JsonSchema[] {
  return [
    ...pathParameters(operation, example),
    ...queryParameters(operation, { example, of }),
    ...headerParameters(operation),
  ];
}

function pathParameters({ route, path = {} }: Operation, example: Example | undefined): readonly JsonSchema[] {
  const pattern = route.slice(route.indexOf("/")).split("/");
  const sent = example?.request.path.split("?", 1).join("").split("/") ?? [];
  return pattern.flatMap((segment, at) => {
    if (!segment.startsWith(":")) return [];
    const name = segment.slice(1);
    const description = path[name] ?? PATH_PARAMETERS[name];
    if (description === undefined) throw new Error(`no words for :${name} of ${route}`);
    const shown = sent[at] === undefined ? {} : { example: decodeURIComponent(sent[at]) };
    return [{ name, in: "path", required: true, description, schema: { type: "string" }, ...shown }];
  });
}

function queryParameters({ access, query = [] }: Operation, { example, of }: Parts): readonly JsonSchema[] {
  const sent = new URL(example?.request.path ?? "/", "https://links.example").searchParams;
  const asked = query.flatMap(({ schema, fields }) => {
    const object = of(schema);
    const required = (object["required"] ?? []) as readonly string[];
    return Object.entries((object["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>).map(([name, type]) => ({
      name,
      in: "query",
      ...(required.includes(name) ? { required: true } : {}),
      description: fields[name],
      schema: withoutNull(type),
      ...(sent.has(name) ? { example: sent.get(name) } : {}),
    }));
  });
  return access.kind === "key" || access.kind === "account" ? [...asked, APP_ID] : asked;
}

/** A query has no null: what is left out is none. */
function withoutNull(type: JsonSchema): JsonSchema {
  const { anyOf } = type;
  if (Array.isArray(anyOf)) return anyOf.length === 2 && anyOf[1].type === "null" ? anyOf[0] : type;
  const { type: types, enum: words } = type;
  const one = Array.isArray(types) ? types.find((name) => name !== "null") : types;
  const named = Array.isArray(words) ? { enum: words.filter((word) => word !== null) } : {};
  return one === undefined ? type : { ...type, type: one, ...named };
}

const APP_ID = {
  name: "app_id",
  in: "query",
  description: "From an operator: which app is meant. A key or token says it by itself.",
  schema: { type: "string" },
};

function headerParameters({ repeatable }: Operation): readonly JsonSchema[] {
  if (repeatable !== true) return [];
  const description = "The same as `event_id`: with it the call may be repeated, and counts once.";
  return [
    { name: "Idempotency-Key", in: "header", description, schema: { type: "string", minLength: 1, maxLength: 256 } },
  ];
}
