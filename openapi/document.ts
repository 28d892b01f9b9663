import type * as v from "valibot";
import type { STATUS_OF } from "../worker/wire/errors.ts";
import * as ANSWERS from "./answers.ts";
import { accessInWords, securityOf } from "./access.ts";
import { errorsOf, MEANING } from "./errors.ts";
import type { Example, Examples } from "./example.ts";
import { FIELD_TYPES } from "./field-types.ts";
import { type JsonSchema, toComponents } from "./json-schema.ts";
import type { Described, Operation, OperationAnswer } from "./operation.ts";
import { parametersOf } from "./parameters.ts";
import { SECURITY_SCHEMES } from "./security-schemes.ts";
import { TAGS } from "./tags.ts";

/** What a document is made of. */
export interface DocumentParts {
  readonly version: string;
  readonly operations: readonly Operation[];
  readonly examples: Examples;
}

/** The OpenAPI 3.1 document of the whole API. */
export function openApiDocument({ version, operations, examples }: DocumentParts): JsonSchema {
  const { components, of } = toComponents(namedSchemas(), operations.flatMap(schemasOf));
  const responses = new Map<string, JsonSchema>();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations) {
    const { method, path } = routeOf(operation);
    const example = examples[operation.route];
    paths[path] = { ...paths[path], [method]: presentOperation({ operation, example, of, responses }) };
  }
  return {
    openapi: "3.1.1",
    info: INFO(version),
    servers: [{ url: "/", description: "This installation" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: withMore(components),
      responses: Object.fromEntries([...responses].toSorted(([one], [other]) => (one < other ? -1 : 1))),
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

/** `POST /api/v1/keys/:id/roll` as OpenAPI has it: `post` and `/api/v1/keys/{id}/roll`. */
export function routeOf({ route }: Pick<Operation, "route">): { readonly method: string; readonly path: string } {
  const [method = "", path = ""] = route.split(" ");
  return { method: method.toLowerCase(), path: path.replaceAll(/:(\w+)/g, "{$1}") };
}

const INFO = (version: string) => ({
  title: "AgentLinks",
  version,
  license: { name: "MIT", identifier: "MIT" },
  description: [
    "JSON in, JSON out; the content type of a request does not matter. Times are ISO 8601 UTC, amounts whole minor units of their currency. Codes are compared without regard to case.",
    "A body is at most 16 KiB, its strings at most 256 characters, and fields it does not know are ignored. Where a field may be left out, null says the same. An answer may have more fields one day.",
    "Every refusal has the one shape of an error. A route that does not take a method answers 405 `method_not_allowed`.",
    "The examples are what a running server answered.",
  ].join("\n\n"),
});

interface Parts {
  readonly operation: Operation;
  readonly example: Example | undefined;
  readonly of: (schema: v.GenericSchema) => JsonSchema;
  /** Refusals that several operations share, by name; more are added. */
  readonly responses: Map<string, JsonSchema>;
}

function presentOperation(parts: Parts): JsonSchema {
  const { operation, example, of } = parts;
  const { tag, summary, description = "", access, body } = operation;
  return {
    operationId: operationId(operation),
    tags: [tag],
    summary,
    description: [description, accessInWords(access)].filter((text) => text !== "").join("\n\n"),
    security: securityOf(access),
    parameters: parametersOf(operation, { example, of }),
    ...(body === undefined ? {} : { requestBody: presentBody(body, parts) }),
    responses: { ...presentAnswers(parts), ...presentRefusals(parts) },
  };
}

/** `postKeysIdRoll`: unique, and the same for as long as the route is. */
function operationId(operation: Operation): string {
  const { method, path } = routeOf(operation);
  const words = path.replace(/^\/api(\/v1)?/, "").split(/[^A-Za-z0-9]+/);
  return method + words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

function presentBody(body: readonly Described[], { operation, of, example }: Parts): JsonSchema {
  const { together, either } = operation;
  const schema = {
    ...describedObject(body, of),
    ...(together === undefined ? {} : { dependentRequired: together }),
    ...(either === undefined ? {} : { anyOf: either.map((name) => ({ required: [name] })) }),
  };
  const shown = example?.request.body === undefined ? {} : { example: example.request.body };
  return { required: true, content: { "application/json": { schema, ...shown }, ...fileOf(operation.bodyAsFile) } };
}

/** What may come in the place of JSON. */
function fileOf(contentType: string | undefined): JsonSchema {
  return contentType === undefined ? {} : { [contentType]: { schema: { type: "string" } } };
}

/** One object of all the schemas' fields, each with its words. */
function describedObject(body: readonly Described[], of: Parts["of"]): JsonSchema {
  const objects = body.map(({ schema, fields }) => withWords(of(schema), fields));
  const [first, ...more] = objects;
  if (first !== undefined && first["properties"] === undefined && more.length === 0) return first;
  const required = objects.flatMap((object) => object["required"] ?? []);
  return {
    type: "object",
    properties: Object.assign({}, ...objects.map((object) => object["properties"])),
    ...(required.length === 0 ? {} : { required }),
  };
}

function presentAnswers({ operation, example, of }: Parts): JsonSchema {
  const answers = Object.entries(operation.answers).map(([status, told]) => {
    const shown =
      example?.answer.status === Number(status) && example.answer.body !== null ? { example: example.answer.body } : {};
    const headers = presentHeaders(operation, told);
    const content =
      told.schema === null
        ? {}
        : {
            content: {
              [told.contentType ?? "application/json"]: { schema: of(told.schema), ...shown },
              ...fileOf(told.asFile),
            },
          };
    return [status, { description: told.description, ...headers, ...content }] as const;
  });
  return Object.fromEntries(answers);
}

function presentHeaders({ repeatable }: Operation, { headers = {} }: OperationAnswer): JsonSchema {
  const replayed =
    repeatable === true ? { "Idempotent-Replayed": "`true` where the call was taken before: this is its answer." } : {};
  const all = Object.entries({ ...headers, ...replayed });
  if (all.length === 0) return {};
  return {
    headers: Object.fromEntries(all.map(([name, description]) => [name, { description, schema: { type: "string" } }])),
  };
}

/** The refusals of an operation, as references to those that others have too. */
function presentRefusals({ operation, responses }: Parts): JsonSchema {
  const refusals = [...errorsOf(operation)].map(([status, codes]) => {
    const name = codes
      .map((code) => code.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()))
      .join("Or");
    responses.set(name, presentRefusal(status, codes));
    return [status, { $ref: `#/components/responses/${name}` }] as const;
  });
  return Object.fromEntries(refusals);
}

function presentRefusal(status: number, codes: readonly (keyof typeof STATUS_OF)[]): JsonSchema {
  const schema = {
    allOf: [
      { $ref: "#/components/schemas/ErrorAnswer" },
      { properties: { error: { properties: { code: { enum: codes } } } } },
    ],
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${MEANING[code]}`).join("\n\n"),
    ...REFUSAL_HEADERS[status],
    content: { "application/json": { schema } },
  };
}

const RETRY_AFTER = {
  headers: { "Retry-After": { description: "Seconds after which to come back.", schema: { type: "string" } } },
};
const REFUSAL_HEADERS: Readonly<Record<number, JsonSchema>> = {
  401: { headers: { "WWW-Authenticate": { description: "`Bearer`", schema: { type: "string" } } } },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

/** The fields of many bodies, and everything that answers are made of. */
function namedSchemas(): Readonly<Record<string, v.GenericSchema>> {
  const fields = Object.entries(FIELD_TYPES).map(([name, { schema }]) => [name, schema] as const);
  const answers = Object.entries(ANSWERS).flatMap(([name, schema]) =>
    isSchema(schema) ? [[name, schema] as const] : [],
  );
  return Object.fromEntries([...fields, ...answers]);
}

function isSchema(value: unknown): value is v.GenericSchema {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "schema";
}

function withMore(components: Readonly<Record<string, JsonSchema>>): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(components).map(([name, schema]) => {
      const { instead, more = {}, fields = {} } = FIELD_TYPES[name] ?? {};
      return [name, { ...withWords(instead ?? schema, fields), ...more }];
    }),
  );
}

/** An object's schema, of one shape or of several, with words for its fields. */
function withWords(schema: JsonSchema, words: Readonly<Record<string, string>>): JsonSchema {
  const { properties, oneOf, anyOf } = schema;
  if (Array.isArray(oneOf)) return { ...schema, oneOf: oneOf.map((shape: JsonSchema) => withWords(shape, words)) };
  if (Array.isArray(anyOf)) return { ...schema, anyOf: anyOf.map((shape: JsonSchema) => withWords(shape, words)) };
  if (typeof properties !== "object" || properties === null) return schema;
  const described = Object.entries(properties).map(([name, field]) => [
    name,
    words[name] === undefined ? field : { ...field, description: words[name] },
  ]);
  return { ...schema, properties: Object.fromEntries(described) };
}

function schemasOf({ query = [], body = [], answers }: Operation): readonly v.GenericSchema[] {
  const answered = Object.values(answers).flatMap(({ schema }) => schema ?? []);
  return [...query, ...body].map(({ schema }) => schema).concat(answered);
}
