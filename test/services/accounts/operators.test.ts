import { expect, test } from "vitest";
import { openVisitor } from "../../support/visitor.ts";
import { createWorld, type World } from "../../support/world.ts";

const OPERATOR = "kim@example.test";

test("R-owners who signs in first is no operator: where the settings name nobody, nobody is", async () => {
  const world = await createWorld({ config: { operatorEmails: [] } });
  for (const email of ["first@example.test", OPERATOR]) {
    expect([email, await newAppPage(world, email)]).toEqual([email, 404]);
  }
});

test("R-owners an operator is whoever gets the mail of an address that the settings name", async () => {
  const world = await createWorld({ config: { operatorEmails: [OPERATOR] } });
  expect(await newAppPage(world, OPERATOR)).toBe(200);
  for (const email of ["kim+1@example.test", "kim@example.test.example"]) {
    expect([email, await newAppPage(world, email)]).toEqual([email, 404]);
  }
});

test("R-owners letters that fold to those of an operator's address bring nobody a code for it", async () => {
  const world = await createWorld({ config: { operatorEmails: [OPERATOR] } });
  // In lower case the Kelvin sign is a k.
  for (const email of ["\u212Aim@example.test", "KIM@example.test", "kim@example.test\u0000"]) {
    await openVisitor(world).post("/signin", { email });
  }
  expect(world.mails().map(({ to }) => to)).toEqual(expect.arrayContaining([OPERATOR]));
  expect(world.mails().filter(({ to }) => to !== OPERATOR)).toEqual([]);
});

/** What the page to make an app answers to whoever proved that they get an address's mail. */
async function newAppPage(world: World, email: string): Promise<number> {
  const visitor = openVisitor(world);
  await visitor.signIn(email);
  return (await visitor.get("/apps/new")).status;
}
