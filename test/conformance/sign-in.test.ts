import { expect, test } from "vitest";
import { codeFor, openVisitor } from "../support/visitor.ts";
import { createWorld } from "../support/world.ts";

const MARA = "mara@example.test";

test("R-signin a code that was mailed opens a session, and leads to where somebody wanted to go", async () => {
  const world = await createWorld();
  const browser = openVisitor(world);
  expect((await browser.get("/account")).location).toBe("/signin?next=%2Faccount");
  expect((await browser.get("/signin?next=%2Faccount")).status).toBe(200);
  const asked = await browser.post("/signin", { email: " Mara@Example.test ", next: "/account" });
  expect(asked).toMatchObject({ status: 303, location: "/signin/code" });
  const page = await browser.get("/signin/code");
  expect(page.text).toContain('autocomplete="one-time-code"');
  expect(page.text).toContain(MARA);
  const entered = await browser.post("/signin/code", { code: codeFor(world, MARA) });
  expect(entered).toMatchObject({ status: 303, location: "/account" });
  const account = await browser.get("/account");
  expect(account.status).toBe(200);
  expect(account.text).toContain(MARA);
  const start = await browser.get("/");
  expect(start.text).toContain("Welcome");
});
