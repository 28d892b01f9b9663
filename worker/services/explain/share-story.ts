import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { DAY_MS } from "../../domain/maturation.ts";
import { findAffiliate } from "../../store/affiliate-store.ts";
import type { App } from "../../store/app-store.ts";
import { hmac } from "../hashing.ts";
import { readOpenApp } from "../programs/read-apps.ts";
import { type ConversionExplanation, explainConversion } from "./explain-conversion.ts";
import { explainRef, type RefExplanation } from "./explain-ref.ts";

/** Where a shared story is read, without signing in. */
export const STORY_PATH = "/story";

/** How long a link tells its story. */
const SHARED_FOR_MS = 30 * DAY_MS;
/** Ours are below 300 characters. */
const MAX_LENGTH = 1_000;

/** Which story a link tells: one of an app, to one affiliate of it. */
export interface Story {
  readonly subject: "conversion" | "ref";
  readonly id: string;
  readonly appId: string;
  readonly affiliateId: string;
}

/** A story as its affiliate may read it. */
export interface ToldStory {
  readonly app: App;
  readonly expiresAt: number;
  readonly explanation: ConversionExplanation | RefExplanation;
}

/** A link that shows one story to whoever has it, for 30 days: what it tells, to whom, and until when are signed. */
export async function shareStory(
  deps: Deps,
  story: Story,
): Promise<{ readonly url: string; readonly expiresAt: number }> {
  const expiresAt = deps.now() + SHARED_FOR_MS;
  const { subject, id, appId, affiliateId } = story;
  const said = encode(JSON.stringify([subject, id, appId, affiliateId, expiresAt]));
  return { url: `${deps.config.publicUrl}${STORY_PATH}/${said}.${await signature(deps, said)}`, expiresAt };
}

/**
 * What a link tells, in the affiliate's view: nothing of its customer, of others' claims, of the owner's reasons. Fails with
 * `not_found` for a link that we did not sign, that has expired, or whose story is that affiliate's no more.
 */
export async function readStory(deps: Deps, token: string): Promise<Result<ToldStory>> {
  const signed = await readToken(deps, token);
  if (signed === null || signed.expiresAt <= deps.now()) return noStory();
  const { story, expiresAt } = signed;
  // Where the creators' pages are switched off, this one is, too.
  const app = await readOpenApp(deps, story.appId);
  if (app === null) return noStory();
  const explanation = await tell(deps, app, story);
  return explanation === null ? noStory() : ok({ app, expiresAt, explanation });
}

async function tell(
  deps: Deps,
  app: App,
  { subject, id, affiliateId }: Story,
): Promise<ToldStory["explanation"] | null> {
  const affiliate = await findAffiliate(deps.db, app.id, affiliateId, deps.now());
  if (affiliate === null) return null;
  if (subject === "conversion") {
    const explained = await explainConversion(deps, app, { conversionId: id, affiliateId });
    return explained.ok ? explained.value : null;
  }
  const explained = await explainRef(deps, app, id);
  if (explained.code?.affiliate?.id !== affiliateId) return null;
  // Who called with the code, and whose customer they turned out to be, is the owner's to know.
  const findings = explained.findings.filter(({ code }) => code !== "call_refused");
  return { ...explained, findings, drops: [], timeline: [] };
}

async function readToken(
  deps: Deps,
  token: string,
): Promise<{ readonly story: Story; readonly expiresAt: number } | null> {
  const [said = "", sent = "", ...rest] = token.length > MAX_LENGTH ? [] : token.split(".");
  if (rest.length > 0 || !(await isSigned(deps, said, sent))) return null;
  // We wrote it: what is signed is in this form.
  const [subject, id, appId, affiliateId, expiresAt] = JSON.parse(decode(said)) as SignedStory;
  return { story: { subject, id, appId, affiliateId }, expiresAt };
}

type SignedStory = readonly [
  subject: Story["subject"],
  id: string,
  appId: string,
  affiliateId: string,
  expiresAt: number,
];

/** Hashes are compared, so that the time it takes tells nothing. */
async function isSigned(deps: Deps, said: string, sent: string): Promise<boolean> {
  const expected = await signature(deps, said);
  return (await hmac(expected, sent)) === (await hmac(expected, expected));
}

/** A key for this alone: the same secret also signs cookies and forms. */
async function signature({ config }: Pick<Deps, "config">, said: string): Promise<string> {
  return hmac(await hmac(config.authSecret, "agentlinks stories v1"), said);
}

function encode(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

function decode(text: string): string {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

function noStory(): Result<never> {
  return fail("not_found", "No such page.");
}
