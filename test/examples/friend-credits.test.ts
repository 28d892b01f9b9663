import { expect, test } from "vitest";
import { type FriendExample, startFriendExample } from "../support/friend-example.ts";
import { jsonOf } from "../support/node-door.ts";

test("AR13 AR15 KX14 the example: who signs up by a code has credits as the friend has, spends them once, and a bad code stops nobody", async () => {
  const example = await startFriendExample();
  const kim = await example.signUp("kim@example.com", "");
  expect(kim.next).toBe("/");
  const code = await codeOf(example, kim.cookie);

  const ada = await example.signUp("ada@example.com", code);
  expect(ada.next).toBe("/?notice=welcome");
  expect([await balanceOf(example, kim.cookie), await balanceOf(example, ada.cookie)]).toEqual([100, 100]);

  // The same order, as a double click sends it.
  for (const notice of ["paid", "paid"]) expect(await buy(example, ada.cookie, "1")).toBe(`/?notice=${notice}`);
  expect(await balanceOf(example, ada.cookie)).toBe(40);
  expect(await buy(example, ada.cookie, "2")).toBe("/?notice=unpaid");
  expect(await balanceOf(example, ada.cookie)).toBe(40);

  const eve = await example.signUp("eve@example.com", "nobodys");
  expect([eve.next, await balanceOf(example, eve.cookie)]).toEqual(["/", 0]);

  // Nobody who is signed out gets a token, and a signup goes on while AgentLinks is away.
  expect((await token(example, "")).status).toBe(401);
  await example.door.stop("SIGTERM");
  const bob = await example.signUp("bob@example.com", code);
  expect([bob.next, (await page(example, bob.cookie)).status]).toEqual(["/", 200]);
});

function page({ url }: FriendExample, cookie: string): Promise<Response> {
  return fetch(url, { headers: { Cookie: cookie } });
}

async function balanceOf(example: FriendExample, cookie: string): Promise<number> {
  const html = await (await page(example, cookie)).text();
  return Number(/id="balance">(\d+)</.exec(html)?.[1]);
}

async function buy({ url }: FriendExample, cookie: string, order: string): Promise<string | null> {
  const body = new URLSearchParams({ order });
  const answer = await fetch(`${url}/checkout`, {
    method: "POST",
    body,
    headers: { Cookie: cookie },
    redirect: "manual",
  });
  return answer.headers.get("Location");
}

function token({ url }: FriendExample, cookie: string): Promise<Response> {
  return fetch(`${url}/referral-token`, { method: "POST", headers: { Cookie: cookie } });
}

/** As the element on the page asks for it: with a token of the user's own. */
async function codeOf(example: FriendExample, cookie: string): Promise<string> {
  const { token: bearer } = await jsonOf(await token(example, cookie));
  const headers = { Authorization: `Bearer ${bearer}`, Origin: example.url };
  return (await jsonOf(await fetch(`${example.door.url}/api/v1/referrals/code`, { headers }))).referral_code;
}
