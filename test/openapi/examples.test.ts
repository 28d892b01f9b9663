import { join } from "node:path";
import { expect, test } from "vitest";
import type { Example } from "../../openapi/example.ts";
import { OPERATIONS } from "../../openapi/operations.ts";
import {
  EXAMPLE_ROUTES,
  exampleStage,
  exampleWorld,
  problemsOf,
  requestOf,
  sendExample,
} from "../support/example-calls.ts";

/*
 * The examples of the reference are calls that were made: `vitest run test/openapi/examples.test.ts -u` writes them anew. What is
 * answered has a documented status and matches the documented schema, with no field that it does not name.
 */

const FILE = join(import.meta.dirname, "../../openapi/examples.json");

const open = exampleStage();

test(
  "D-openapi_examples every example is what the running server answers, as its schema says",
  { timeout: 60_000 },
  async () => {
    const examples: Record<string, Example> = {};
    const problems: string[] = [];
    const reading = await exampleWorld(open, "reading");
    for (const operation of OPERATIONS) {
      const route = EXAMPLE_ROUTES.find(({ method, name }) => `${method} ${name}` === operation.route);
      if (route === undefined) throw new Error(`no call of ${operation.route}`);
      // What reads changes nothing that another example shows.
      const stage = route.method === "GET" ? reading : await exampleWorld(open, operation.route);
      const request = requestOf(route, stage.app);
      const answer = await sendExample(stage, { operation, request });
      problems.push(...problemsOf(operation, answer));
      // The next one begins with its file and its connection.
      if (stage !== reading) await stage.world.db.close();
      const body = operation.unrecorded === true ? null : fromStripe(answer.body, stage.fake.url);
      examples[operation.route] = { request, answer: { status: answer.status, body } };
    }
    expect(problems).toEqual([]);
    await expect(`${JSON.stringify(examples, null, 2)}\n`).toMatchFileSnapshot(FILE);
  },
);

/** The same as from Stripe itself, whose part is played by a server at another port each time. */
function fromStripe(body: unknown, url: string): unknown {
  return JSON.parse(JSON.stringify(body).replaceAll(url, "https://connect.stripe.com"));
}
