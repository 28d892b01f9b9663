import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { withoutPrefix } from "../../../worker/routes/first-party-path.ts";

export type JsonSchema = Readonly<Record<string, ReturnType<typeof JSON.parse>>>;

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: JsonSchema;
  readonly required?: boolean;
  readonly example?: unknown;
}

/** How an operation may be called: the first of these that fits is enough. */
export interface Credential {
  readonly scheme: "none" | "secretKey" | "operatorKey" | "affiliateToken" | "accountToken" | "stripeSignature";
  readonly scope: string | null;
  readonly account: boolean;
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  /** As documented: `/api/v1/keys/{id}`. */
  readonly path: string;
  readonly area: string;
  readonly parameters: readonly Parameter[];
  readonly credentials: readonly Credential[];
  readonly body: { readonly schema: JsonSchema; readonly example: unknown; readonly file: string | null } | null;
  readonly answers: ReadonlyMap<number, DocumentedAnswer>;
}

export interface DocumentedAnswer {
  /** By content type; none: it has no body. */
  readonly content: ReadonlyMap<string, ValidateFunction>;
  /** Of a refusal. */
  readonly codes: ReadonlySet<string>;
}

export interface Reference {
  readonly operations: readonly Operation[];
  /** What the document says of a call as it is sent: its operations, or, for a path of others' methods, none. */
  readonly find: (method: string, path: string) => readonly Operation[];
  readonly isError: (body: unknown) => boolean;
  /** What a schema's reference leads to. */
  readonly resolve: (schema: JsonSchema) => JsonSchema;
}

/** The document as the build wrote it: nothing here knows what it is made of. */
export function readReference(file = "dist/site/openapi.json"): Reference {
  const document: JsonSchema = JSON.parse(readFileSync(file, "utf8"));
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, "reference");
  const validator = (...pointer: readonly string[]): ValidateFunction => {
    const path = pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")));
    const found = ajv.getSchema(`reference#/${path.join("/")}`);
    if (found === undefined) throw new Error(`no schema at ${pointer.join(" ")}`);
    return found;
  };
  const operations = Object.entries<JsonSchema>(document["paths"]).flatMap(([path, methods]) =>
    Object.entries<JsonSchema>(methods).map(([method, told]) =>
      operationOf({ document, path, method, told, validator }),
    ),
  );
  const patterns = operations.map((operation) => ({ operation, pattern: patternOf(operation.path) }));
  const isError = validator("components", "schemas", "ErrorAnswer");
  return {
    operations,
    find(method, path) {
      const taking = (pathname: string) =>
        patterns.filter((one) => one.operation.method === method && one.pattern.test(withoutPrefix(pathname)));
      const [led, literal] = [taking(pathOf(path)), taking(path.split("?", 1).join(""))];
      const meant = led.length > 0 ? led : literal;
      // A fixed word is meant before an id, as `join` beside `{id}`.
      const fewest = Math.min(...meant.map(({ operation }) => operation.path.split("{").length));
      return meant.map(({ operation }) => operation).filter(({ path: one }) => one.split("{").length === fewest);
    },
    isError: (body) => isError(body),
    resolve: (schema) => resolved(document, schema),
  };
}

/** As Node's server reads it: `..` leads up, whether it is escaped or not. To a Worker it is a segment like any other. */
function pathOf(sent: string): string {
  const base = "http://links.example.test";
  return URL.canParse(base + sent) ? new URL(base + sent).pathname : sent;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

interface Told {
  readonly document: JsonSchema;
  readonly path: string;
  readonly method: string;
  readonly told: JsonSchema;
  readonly validator: (...pointer: readonly string[]) => ValidateFunction;
}

function operationOf({ document, path, method, told, validator }: Told): Operation {
  const body = told["requestBody"]?.content;
  const types = Object.keys(body ?? {});
  return {
    id: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    area: String(told["tags"]?.[0] ?? "other"),
    parameters: told["parameters"] ?? [],
    credentials: (told["security"] ?? []).map(credentialOf),
    body:
      body === undefined
        ? null
        : {
            schema: body["application/json"].schema,
            example: body["application/json"].example,
            file: types.find((type) => type !== "application/json") ?? null,
          },
    answers: new Map(
      Object.entries<JsonSchema>(told["responses"]).map(([status, answer]) => [
        Number(status),
        answerOf({ document, answer, validator, pointer: ["paths", path, method, "responses", status] }),
      ]),
    ),
  };
}

function credentialOf(schemes: JsonSchema): Credential {
  const account = "accountId" in schemes;
  const scheme = Object.keys(schemes).find((name) => name !== "accountId") ?? "none";
  return { scheme: scheme as Credential["scheme"], scope: schemes[scheme]?.[0] ?? null, account };
}

function answerOf({
  document,
  answer,
  validator,
  pointer,
}: {
  readonly document: JsonSchema;
  readonly answer: JsonSchema;
  readonly validator: Told["validator"];
  readonly pointer: readonly string[];
}): DocumentedAnswer {
  const at = answer["$ref"] === undefined ? pointer : String(answer["$ref"]).split("/").slice(1);
  const { content = {} } = answer["$ref"] === undefined ? answer : resolved(document, answer);
  const types = Object.keys(content);
  const codes = content["application/json"]?.schema?.allOf?.[1]?.properties?.error?.properties?.code?.enum ?? [];
  return {
    content: new Map(types.map((type) => [type, validator(...at, "content", type, "schema")])),
    codes: new Set(codes),
  };
}

function resolved(document: JsonSchema, schema: JsonSchema): JsonSchema {
  const { $ref: reference } = schema;
  if (typeof reference !== "string") return schema;
  return reference
    .split("/")
    .slice(1)
    .reduce<JsonSchema>((at, part) => at[part], document);
}
