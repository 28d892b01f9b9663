import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { houseViolations, houseViolationsOfTree } from "./import-direction.ts";

test("no file of the house breaks its rules", () => {
  expect(houseViolationsOfTree(join(import.meta.dirname, "../.."))).toEqual([]);
});

describe("an import against the arrows is named", () => {
  test.each([
    ["worker/domain/money.ts", `import { readApp } from "../store/app-store.ts";`, "store"],
    ["worker/domain/money.ts", `import type { Deps } from "../deps.ts";`, "deps"],
    ["worker/store/app-store.ts", `import { createApp } from "../services/programs/create-app.ts";`, "services"],
    ["worker/services/track/record-click.ts", `import { app } from "../../../schema/tables/programs.ts";`, "schema"],
    ["worker/services/track/record-click.ts", `import { createDeps } from "../../deps.ts";`, "deps"],
    ["worker/services/track/record-click.ts", `import { click } from "../../wire/track.ts";`, "wire"],
    ["worker/gateways/stripe/client.ts", `import { readApp } from "../../store/app-store.ts";`, "store"],
    ["worker/wire/track.ts", `import { recordClick } from "../services/track/record-click.ts";`, "services"],
    ["worker/wire/track.ts", `import type { Deps } from "../deps.ts";`, "deps"],
    ["worker/routes/track.ts", `import { readApp } from "../store/app-store.ts";`, "store"],
    ["worker/routes/track.ts", `import { send } from "../gateways/mail/mail.ts";`, "gateways"],
    ["worker/pages/portal/home.tsx", `import { track } from "../../routes/track.ts";`, "routes"],
    ["worker/jobs/deliver.ts", `import { readApp } from "../store/app-store.ts";`, "store"],
    ["worker/ingest.ts", `import { pages } from "./pages/pages.ts";`, "pages"],
    ["worker/node.ts", `import * as tables from "../schema/tables/index.ts";`, "schema"],
    ["schema/tables/money.ts", `import { floorShare } from "../../worker/domain/money.ts";`, "domain"],
    ["referrals/referrals.ts", `import { presentCredits } from "../worker/wire/credits.ts";`, "wire"],
    ["snippet/agentlinks.ts", `import { trackBody } from "../worker/wire/track.ts";`, "wire"],
  ])("%s: %s", (file, source, room) => {
    expect(houseViolations(file, source)).toEqual([expect.stringContaining(`may not import ${room} (`)]);
  });
});

describe("an import along the arrows is allowed", () => {
  test.each([
    ["worker/domain/commission.ts", `import { floorShare } from "./money.ts";`],
    ["worker/services/track/record-click.ts", `import { insertClick } from "../../store/click-store.ts";`],
    ["worker/services/track/record-click.ts", `import type { Deps } from "../../deps.ts";`],
    ["worker/store/app-store.ts", `import { app } from "../../schema/tables/programs.ts";`],
    ["worker/wire/track.ts", `import type { Click } from "../services/track/record-click.ts";`],
    ["worker/routes/track.ts", `import { recordClick } from "../services/track/record-click.ts";`],
    ["worker/routes/track.ts", `import type { Caller } from "../store/call.ts";`],
    ["worker/node.ts", `import { openDb } from "./store/open-db.ts";`],
    ["snippet/agentlinks.ts", `import type { TrackBody } from "../worker/wire/track.ts";`],
  ])("%s: %s", (file, source) => {
    expect(houseViolations(file, source)).toEqual([]);
  });
});

describe("a package is named only by its files", () => {
  test.each([
    ["drizzle-orm/sqlite-core", "worker/services/track/record-click.ts", "schema/tables/money.ts"],
    ["libsql", "schema/tables/money.ts", "worker/store/embedded-connection.ts"],
    ["@libsql/client/http", "worker/deps.ts", "worker/store/http-db.ts"],
    ["hono", "worker/wire/errors.ts", "worker/routes/track.ts"],
    ["@hono/node-server", "worker/services/track/record-click.ts", "worker/node.ts"],
    ["nanoid", "worker/domain/code.ts", "worker/runtime.ts"],
    ["rate-limiter-flexible", "worker/gateways/limits/binding-limits.ts", "worker/gateways/limits/memory-limits.ts"],
    ["nodemailer", "worker/gateways/mail/resend-mail.ts", "worker/gateways/mail/smtp-mail.ts"],
    ["tldts", "worker/routes/track.ts", "worker/routes/ref-cookie.ts"],
    ["csv-stringify/sync", "worker/wire/fees.ts", "worker/wire/csv.ts"],
    ["csv-parse/sync", "worker/wire/payouts.ts", "worker/wire/csv.ts"],
    ["stripe", "worker/services/stripe/find-connection.ts", "worker/gateways/stripe/stripe.ts"],
    ["better-auth/minimal", "worker/pages/sign-in/routes.ts", "worker/services/accounts/auth.ts"],
    ["node:fs", "worker/deps.ts", "worker/cli.ts"],
    ["node:async_hooks", "worker/deps.ts", "worker/index.ts"],
    ["crypto", "worker/domain/code.ts", "worker/store/embedded-db.ts"],
  ])("%s: not by %s, by %s", (specifier, forbidden, allowed) => {
    const source = `import type { X } from "${specifier}";`;
    expect(houseViolations(forbidden, source)).toEqual([`${forbidden} may not import ${specifier}`]);
    expect(houseViolations(allowed, source)).toEqual([]);
  });
});

describe("clock, randomness and SQL have one place", () => {
  test.each([
    ["Date.now()", "clock or randomness", "worker/runtime.ts"],
    ["new Date()", "clock or randomness", "worker/runtime.ts"],
    ["new Date;", "clock or randomness", "worker/runtime.ts"],
    ["Math.random()", "clock or randomness", "worker/runtime.ts"],
    ["crypto.getRandomValues(bytes)", "clock or randomness", "worker/runtime.ts"],
    ["crypto.randomUUID()", "clock or randomness", "worker/runtime.ts"],
    ['query("SELECT 1")', "SQL", "worker/store/app-store.ts"],
    ["query(`\n  INSERT INTO app VALUES (1)`)", "SQL", "worker/store/app-store.ts"],
    ["query('UPDATE app SET id = 1')", "SQL", "worker/store/app-store.ts"],
    ['query("DELETE FROM app")', "SQL", "worker/store/app-store.ts"],
  ])("%s is %s", (source, what, allowed) => {
    expect(houseViolations("worker/routes/track.ts", source)).toEqual([
      `worker/routes/track.ts may not contain ${what}`,
    ]);
    expect(houseViolations(allowed, source)).toEqual([]);
  });

  test("an instant that was given and an HTTP verb are neither", () => {
    expect(houseViolations("worker/routes/track.ts", `new Date(now); verb("DELETE /x"); label("Select one")`)).toEqual(
      [],
    );
  });
});

test("what Node 20 lacks is not used, though the Node of the tests has it", () => {
  for (const source of ["Promise.withResolvers<null>()", "Object.groupBy(rows, by)", "await Array.fromAsync(rows)"]) {
    expect(houseViolations("worker/domain/code.ts", source)).toEqual([
      "worker/domain/code.ts may not contain what Node 20 lacks",
    ]);
  }
  expect(houseViolations("worker/domain/code.ts", "await Promise.all(rows)")).toEqual([]);
});

test("tldts is loaded when it is needed, not from the start", () => {
  const file = "worker/routes/ref-cookie.ts";
  for (const source of [`import { getDomain } from "tldts";`, `import "tldts";`, `import * as list from 'tldts';`]) {
    expect(houseViolations(file, source)).toEqual([`${file} may not contain tldts from the start`]);
  }
  const later = `import { setCookie } from "hono/cookie";\nconst { getDomain } = await import("tldts");`;
  expect(houseViolations(file, later)).toEqual([]);
});

test("Stripe's SDK is loaded when it is needed, not from the start", () => {
  const file = "worker/gateways/stripe/sdk.ts";
  const eager = [
    `import { Stripe } from "stripe";`,
    `import Stripe from 'stripe';`,
    `export { Stripe } from "stripe";`,
  ];
  for (const source of [...eager, `import "stripe";`]) {
    expect(houseViolations(file, source)).toEqual([`${file} may not contain Stripe's SDK from the start`]);
  }
  const later = `import type { Stripe } from "stripe";\ntype Sdk = typeof import("stripe");\nconst sdk = await import("stripe");`;
  expect(houseViolations(file, later)).toEqual([]);
});

test("better-auth is loaded when somebody signs in, not from the start", () => {
  const file = "worker/services/accounts/auth.ts";
  for (const specifier of ["better-auth/minimal", "better-auth/adapters/drizzle", "../../store/auth-db.ts"]) {
    const source = `import { x } from "${specifier}";`;
    expect(houseViolations(file, source)).toEqual([
      `${file} may not contain better-auth or its database from the start`,
    ]);
    const later = `import type { X } from "${specifier}";\nconst { x } = await import("${specifier}");`;
    expect(houseViolations(file, later)).toEqual([]);
  }
});

describe("an import is found however it is written", () => {
  const store = expect.stringContaining("may not import store");
  test.each([
    [`import {\n  a,\n  type B,\n} from "../store/db.ts";`],
    [`import "../store/db.ts";`],
    [`import type from "../store/db.ts";`],
    [`import { "x-y" as a } from '../store/db.ts';`],
    [`export * from "../store/db.ts";`],
    [`export type { Db } from "../store/db.ts";`],
    [`type Db = import("../store/db.ts").Db;`],
    ["const db = await import(/* later */ `../store/db.ts`);"],
    [`const db = require("../store/db.ts");`],
    [`const glob = "/*"; import { a } from "../store/db.ts"; // */`],
    [`const url = "http://x"; import { a } from "../store/db.ts";`],
  ])("%s", (source) => {
    expect(houseViolations("worker/domain/a.ts", source)).toEqual([store]);
  });

  test.each([[`// import { a } from "../store/db.ts";`], [`/* import "../store/db.ts"; Date.now() */`]])(
    "and not in a comment: %s",
    (source) => {
      expect(houseViolations("worker/domain/a.ts", source)).toEqual([]);
    },
  );

  test.each([["import(name)"], ["import(`./${name}.ts`)"]])("a computed one is refused: %s", (source) => {
    expect(houseViolations("worker/domain/a.ts", source)).toEqual(["worker/domain/a.ts computes what it imports"]);
  });

  test("a type import allows no value import beside it", () => {
    const source = `import type { Env } from "../env.ts";\nimport { readEnv } from "../env.ts";\n`;
    expect(houseViolations("worker/routes/a.ts", source)).toEqual([
      "worker/routes/a.ts: routes may not import env (worker/env.ts)",
    ]);
  });
});

test("a file or an import outside every room is refused", () => {
  expect(houseViolations("worker/utils.ts", "")).toEqual(["worker/utils.ts is in no room of the house"]);
  expect(houseViolations("worker/node.ts", `import "../test/support/rows.ts";`)).toEqual([
    "worker/node.ts imports test/support/rows.ts, which is in no room of the house",
  ]);
});
