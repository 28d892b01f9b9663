import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { securityOf } from "../../openapi/access.ts";
import * as ANSWERS from "../../openapi/answers.ts";
import { openApiDocument, routeOf } from "../../openapi/document.ts";
import { EXAMPLES } from "../../openapi/examples.ts";
import { errorsOf } from "../../openapi/errors.ts";
import { FIELD_TYPES } from "../../openapi/field-types.ts";
import { OPERATIONS } from "../../openapi/operations.ts";
import { TAGS } from "../../openapi/tags.ts";
import { createApp } from "../../worker/app.ts";
import { STATUS_OF } from "../../worker/wire/errors.ts";
import { KEYED_ROUTES, OPERATOR_ROUTES, TRACK_ROUTES, VALIDATE_ROUTE } from "../support/routes.ts";
import { createWorld } from "../support/world.ts";

const DOCUMENT = openApiDocument({ version: "0.0.0", operations: OPERATIONS, examples: EXAMPLES });

test("D-openapi the document is valid OpenAPI 3.1, and every reference in it leads somewhere", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(DOCUMENT));
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(validator.version).toBe("3.1");
  const json = JSON.stringify(DOCUMENT);
  const references = [...json.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = ""]) => path);
  expect(references.length).toBeGreaterThan(100);
  expect(references.filter((path) => at(DOCUMENT, path.split("/")) === undefined)).toEqual([]);
});

test("D-openapi it has every route that there is but pages, and none that there is not", async () => {
  const { deps } = await createWorld();
  const app = createApp(deps, { visitor: { ipOf: () => "", countryOf: () => null } });
  // Middleware, pages and the answer to a wrong method are for all methods; the document is no part of itself.
  const routed = app.routes
    .filter(({ method, path }) => method !== "ALL" && path !== "/openapi.json")
    .map(({ method, path }) => `${method} ${path}`);
  const documented = OPERATIONS.map(({ route }) => route);
  expect(documented.toSorted()).toEqual([...new Set(routed)].toSorted());
  expect(new Set(documented).size).toBe(documented.length);
});

test("D-openapi it says of every route who may call it, as the tests of security have it", () => {
  const keyed = KEYED_ROUTES.map(({ method, name, scope, own = false, account = false }) => [
    `${method} ${name}`,
    account ? { kind: "account", scope } : { kind: "key", scope, own },
  ]);
  const operators = OPERATOR_ROUTES.map(({ method, name }) => [`${method} ${name}`, { kind: "operator" }]);
  const open = [...TRACK_ROUTES, VALIDATE_ROUTE].map(({ method, name }) => [`${method} ${name}`, { kind: "track" }]);
  const expected = [...keyed, ...operators, ...open];
  const documented = new Map<unknown, unknown>(OPERATIONS.map(({ route, access }) => [route, access]));
  expect(expected.map(([route]) => [route, documented.get(route)])).toMatchObject(expected);
});

test("D-openapi no name is that of two schemas: one would be read as the other", () => {
  const names = [...Object.keys(FIELD_TYPES), ...Object.keys(ANSWERS)];
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
});

test("it names every operation, tag and credential once", () => {
  const operations = OPERATIONS.map((operation) => at(DOCUMENT, pathOf(operation)) as { readonly operationId: string });
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...new Set(OPERATIONS.map(({ tag }) => tag))].toSorted()).toEqual(Object.keys(TAGS).toSorted());
  const schemes = OPERATIONS.flatMap(({ access }) => securityOf(access).flatMap((one) => Object.keys(one)));
  const known = Object.keys(at(DOCUMENT, ["components", "securitySchemes"]) as object);
  expect([...new Set(schemes)].toSorted()).toEqual(known.toSorted());
});

test("D-openapi it tells every error code but that of a wrong method, each under its status", () => {
  const told = OPERATIONS.flatMap((operation) => [...errorsOf(operation)].flatMap(([, codes]) => codes));
  const codes = Object.keys(STATUS_OF).filter((code) => code !== "method_not_allowed");
  expect([...new Set(told)].toSorted()).toEqual(codes.toSorted());
  for (const operation of OPERATIONS) {
    for (const [status, named] of errorsOf(operation))
      expect(named.map((code) => STATUS_OF[code])).toEqual(named.map(() => status));
  }
});

test("D-openapi_examples it shows an example of every body and of every answer that has one", () => {
  const lacking = OPERATIONS.flatMap(({ route, body, answers, unrecorded }) => {
    const example = EXAMPLES[route];
    if (example === undefined) return [route];
    const answer = answers[example.answer.status];
    const hasBody = body === undefined || "body" in example.request;
    const hasAnswer = answer?.schema === null || unrecorded === true || example.answer.body !== null;
    return answer !== undefined && hasBody && hasAnswer ? [] : [route];
  });
  expect(lacking).toEqual([]);
  expect(Object.keys(EXAMPLES)).toEqual(OPERATIONS.map(({ route }) => route));
});

function pathOf(operation: (typeof OPERATIONS)[number]): readonly string[] {
  const { method, path } = routeOf(operation);
  return ["paths", path, method];
}

/** What stands in the document at a path, undefined where nothing does. */
function at(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  const next = typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
  return at(next, rest);
}
