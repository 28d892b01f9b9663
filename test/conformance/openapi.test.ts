import { expect, test } from "vitest";
import { openApiDocument, routeOf } from "../../openapi/document.ts";
import type { Example } from "../../openapi/example.ts";
import { EXAMPLES } from "../../openapi/examples.ts";
import type { Operation } from "../../openapi/operation.ts";
import { OPERATIONS } from "../../openapi/operations.ts";
import { exampleStage, exampleWorld, problemsOf, sendExample } from "../support/example-calls.ts";

/*
 * What a reader of the reference does: sends the request that stands there. The document is read, not what it is made of. The
 * database is the one that the examples were recorded on.
 */

const open = exampleStage();

test(
  "D-openapi_examples every documented example, sent as it stands there, is answered as documented",
  { timeout: 120_000 },
  async () => {
    const { paths } = documentOf();
    const problems: string[] = [];
    const shared = await exampleWorld(open, "all");
    for (const operation of OPERATIONS) {
      const { method, path } = routeOf(operation);
      const documented = paths[path]?.[method];
      if (documented === undefined) throw new Error(`${operation.route} is not in the document`);
      const request = requestOf(documented, path);
      const first = await sendExample(shared, { operation, request });
      // One example may stand in another's way: what is paid cannot fail.
      const isOwn = first.status !== statusOf(operation);
      const answer = isOwn
        ? await sendExample(await exampleWorld(open, operation.route), { operation, request })
        : first;
      problems.push(...problemsOf(operation, answer), ...otherStatus(operation, answer.status));
    }
    expect(problems).toEqual([]);
  },
);

/** What is read of an operation in the document. */
interface Documented {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly example?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
}

function documentOf(): { readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>> } {
  const document = openApiDocument({ version: "0.0.0", operations: OPERATIONS, examples: EXAMPLES });
  return JSON.parse(JSON.stringify(document));
}

/** The request that the document shows. */
function requestOf({ parameters, requestBody }: Documented, path: string): Example["request"] {
  const shown = parameters.filter(({ example }) => example !== undefined);
  const of = (place: string) =>
    shown
      .filter((parameter) => parameter.in === place)
      .map(({ name, example = "" }): [string, string] => [name, example]);
  const filled = of("path").reduce(
    (text, [name, example]) => text.replace(`{${name}}`, encodeURIComponent(example)),
    path,
  );
  const query = new URLSearchParams(of("query")).toString();
  const body = Object.values(requestBody?.content ?? {}).map(({ example }) => example);
  return {
    path: query === "" ? filled : `${filled}?${query}`,
    headers: Object.fromEntries(of("header")),
    ...(body.length === 0 ? {} : { body: body[0] }),
  };
}

function otherStatus(operation: Operation, status: number): readonly string[] {
  const shown = statusOf(operation);
  return shown === status ? [] : [`${operation.route}: ${status} in place of ${shown ?? "none"}`];
}

/** The status that the example shows. */
function statusOf({ route }: Operation): number | undefined {
  return EXAMPLES[route]?.answer.status;
}
