import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import * as v from "valibot";
import { expect, test } from "vitest";
import { openApiDocument, routeOf } from "../../openapi/document.ts";
import { EXAMPLES } from "../../openapi/examples.ts";
import type { Operation } from "../../openapi/operation.ts";
import { OPERATIONS } from "../../openapi/operations.ts";

/*
 * What validates here is valibot; what is documented is JSON Schema made of it. A validator that knows nothing of valibot holds
 * the two together.
 */

const DOCUMENT = openApiDocument({ version: "0.0.0", operations: OPERATIONS, examples: EXAMPLES });

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(structuredClone(DOCUMENT), "reference");

test("D-openapi_examples every example is valid by the document's own schemas", () => {
  const problems = OPERATIONS.flatMap((operation) => {
    const example = EXAMPLES[operation.route];
    const { status = 0, body } = example?.answer ?? {};
    const answered = operation.answers[status];
    const isShown = answered !== undefined && answered.schema !== null && operation.unrecorded !== true;
    return [
      ...(operation.body === undefined ? [] : problemsBySchema(operation, BODY, example?.request.body)),
      ...(isShown
        ? problemsBySchema(
            operation,
            ["responses", String(status), "content", answered.contentType ?? JSON_TYPE, "schema"],
            body,
          )
        : []),
    ];
  });
  expect(problems).toEqual([]);
});

test("D-openapi what the document requires in a body is what a call is refused without", () => {
  const bodies = OPERATIONS.filter(({ body }) => body !== undefined);
  const differing = bodies.flatMap((operation) => {
    const sent = new Map(Object.entries(EXAMPLES[operation.route]?.request.body ?? {}));
    return [...sent.keys()]
      .filter((left) => {
        const rest = Object.fromEntries([...sent].filter(([name]) => name !== left));
        const taken = isWhole(operation, rest) && (operation.body ?? []).every(({ schema }) => v.is(schema, rest));
        return taken !== (problemsBySchema(operation, BODY, rest).length === 0);
      })
      .map((left) => `${operation.route} without ${left}`);
  });
  expect(bodies.length).toBeGreaterThan(20);
  expect(differing).toEqual([]);
});

/** What a parser asks for beside its schema: that fields come together, or one of several. */
function isWhole({ together = {}, either }: Operation, body: object): boolean {
  const isTogether = Object.entries(together).every(
    ([name, others]) => !(name in body) || others.every((other) => other in body),
  );
  return isTogether && (either === undefined || either.some((name) => name in body));
}

const JSON_TYPE = "application/json";
const BODY = ["requestBody", "content", JSON_TYPE, "schema"];

function problemsBySchema(operation: Operation, place: readonly string[], value: unknown): readonly string[] {
  const { method, path } = routeOf(operation);
  const pointer = ["paths", path, method, ...place].map((name) =>
    encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1")),
  );
  const validate = validatorOf(`reference#/${pointer.join("/")}`);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    (error) => `${operation.route} ${place[0] ?? ""}: ${error.instancePath} ${error.message ?? ""}`,
  );
}

const validators = new Map<string, ReturnType<typeof ajv.compile>>();

/** Compiling one takes a thousand times as long as using it. */
function validatorOf($ref: string): ReturnType<typeof ajv.compile> {
  const validate = validators.get($ref) ?? ajv.compile({ $ref });
  validators.set($ref, validate);
  return validate;
}
