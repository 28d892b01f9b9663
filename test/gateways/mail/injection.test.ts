import { expect, test } from "vitest";
import { parseSender } from "../../../worker/domain/mail-address.ts";
import type { Mail } from "../../../worker/gateways/mail/mail.ts";
import { errorOf, FROM, MAIL, WAYS_OUT } from "./ways-out.ts";

/** Line breaks as some encoders make them, what ends a text elsewhere, and what becomes a line break when it is narrowed. */
const BREAKS = ["\r\n", "\n", "\r", "\0", "\t", "\u0085", "\u2028", "\u2029", "\uD800", "\u007F"];
const INJECTED = BREAKS.map((end) => `${end}Bcc: eve@example.test`);

/** Each changes the good mail in one field. */
const HOSTILE: readonly (readonly [string, Partial<Mail>, string?])[] = [
  ...INJECTED.flatMap((injected): (readonly [string, Partial<Mail>, string?])[] => [
    [`to + ${JSON.stringify(injected)}`, { to: `mara@example.test${injected}` }],
    [`subject + ${JSON.stringify(injected)}`, { subject: `Hello${injected}` }],
    [`id + ${JSON.stringify(injected)}`, { id: `mail_1${injected}` }],
    [`value + ${JSON.stringify(injected)}`, { headers: { "List-Unsubscribe": `<https://x.test>${injected}` } }],
    [`name + ${JSON.stringify(injected)}`, { headers: { [`List-Unsubscribe${injected}`]: "x" } }],
    [`from + ${JSON.stringify(injected)}`, {}, `Links <links@example.test>${injected}`],
    [`name in from + ${JSON.stringify(injected)}`, {}, `Links${injected} <links@example.test>`],
  ]),
  ...[
    "mara@example.test,eve@example.test",
    "mara@example.test;eve@example.test",
    "mara@example.test eve@example.test",
    "Mara <mara@example.test>",
    "<mara@example.test>",
    "group:mara@example.test",
    '"mara"@example.test',
    "mara@eve@example.test",
    "(eve)mara@example.test",
    "mara@[127.0.0.1]",
    "mara\u200B@example.test",
    "mara",
    "@example.test",
    "",
  ].map((to): readonly [string, Partial<Mail>] => [`to ${JSON.stringify(to)}`, { to }]),
  ...["Bcc", "bcc", "To", "Cc", "From", "Sender", "Reply-To", "Content-Type", "Subject", "X-Anything", ""].map(
    (name): readonly [string, Partial<Mail>] => [`header ${name}`, { headers: { [name]: "eve@example.test" } }],
  ),
  ["an empty subject", { subject: "" }],
  ["a subject beyond a line", { subject: "x".repeat(161) }],
  ["an empty value", { headers: { "List-Unsubscribe": "" } }],
  ["a value beyond a line", { headers: { "List-Unsubscribe": "x".repeat(901) } }],
  ["a sender without an address", {}, "Links"],
  ["two senders", {}, "a@example.test,b@example.test"],
];

test.each(Object.keys(WAYS_OUT))("AR26 %s: no field says more than it seems to", async (name) => {
  const open = WAYS_OUT[name];
  if (open === undefined) throw new Error("no such way out");
  const good = await open(FROM);
  expect(await errorOf(good.gateway.send(MAIL))).toBeNull();
  expect(good.arrived()).toBe(1);
  for (const [what, change, from = FROM] of HOSTILE) {
    const way = from === FROM ? good : await open(from);
    const error = await errorOf(way.gateway.send({ ...MAIL, ...change }));
    // Whom it is from is the installation's: no mail is lost by it.
    const kind = from === FROM ? "refused" : "unavailable";
    expect([what, error?.kind, error?.isDeadAddress]).toEqual([what, kind, false]);
    expect([what, way.arrived()]).toEqual([what, way === good ? 1 : 0]);
  }
});

test("AR26 MAIL_FROM is taken apart, not parsed by whoever sends", () => {
  expect(parseSender("links@example.test")).toEqual({ name: null, address: "links@example.test" });
  expect(parseSender("Links of Ünal's Shop <links@example.test>")).toEqual({
    name: "Links of Ünal's Shop",
    address: "links@example.test",
  });
});
