import type { Deps } from "../../deps.ts";
import { foldCode } from "../../domain/code.ts";
import { maskEmail } from "../../domain/email.ts";
import {
  type ImportLine,
  type ImportRow,
  type ImportType,
  type ImportVerdict,
  judgeImport,
  type KnownAffiliate,
} from "../../domain/import-plan.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type App, findApp } from "../../store/app-store.ts";
import { postCorrection } from "../../store/correction-store.ts";
import {
  findHashedEmail,
  type ImportBy,
  insertImportedAffiliates,
  insertImportedCodes,
  insertImportedReferrals,
} from "../../store/import-store.ts";
import { drawCode } from "../affiliates/draw-code.ts";
import { hmac, hmacUnder } from "../hashing.ts";
import { openingId, pagesOf, readKnown } from "./read-known.ts";

/** Rows written in one batch: few enough that other writers hardly wait. A balance is six statements. */
const PAGE = 100;
const BALANCE_PAGE = 50;
/** Looks at what is left to be written, and writes it: more than one where a drawn code was somebody's. */
const MAX_ROUNDS = 5;
/** Draws of a code that nobody else of the page has: with 10^11 codes a second is already rare. */
const MAX_DRAWS = 5;

/** Stands in the audit log. */
const REASON = "Moved in";
/** Of a balance that the file says nothing of: its affiliate reads it after "Carried over:". */
const OPENING_REASON = "from the former program";
const ACTOR = "import";

export type Moved = ImportVerdict & {
  /** This run wrote it. */
  readonly isMade: boolean;
};

/**
 * The app that a file is for. Fails with `not_found`, and with `misconfigured` where e-mails here were hashed under another
 * secret than this command has: with it no affiliate would be known as the customer they are.
 */
export async function findTarget(deps: Deps, appId: string): Promise<Result<App>> {
  const app = await findApp(deps.db, appId, deps.now());
  if (app === null) return fail("not_found", "No such app.");
  const known = await findHashedEmail(deps.db, appId);
  const isOurs = known === null || known.emailHmac === (await hmac(deps.config.authSecret, known.email));
  return isOurs ? ok(app) : fail("misconfigured", "AUTH_SECRET is another one than the server's.");
}

/** What would become of each line, as things stand. Writes nothing. */
export async function planMoveIn(
  deps: Pick<Deps, "db">,
  appId: string,
  lines: readonly ImportLine[],
): Promise<readonly ImportVerdict[]> {
  return judgeImport(lines, await readKnown(deps, appId, lines));
}

/**
 * Writes the lines that are to be made, and says what became of each. Whoever reads the app meanwhile sees some of them; where it is
 * broken off it is run again. Each batch decides for itself, so what others write meanwhile is left as it is, and told.
 */
export async function moveIn(deps: Deps, appId: string, lines: readonly ImportLine[]): Promise<readonly Moved[]> {
  const first = await planMoveIn(deps, appId, lines);
  let verdicts = first;
  for (let round = 0; round < MAX_ROUNDS && verdicts.some(({ outcome }) => outcome === "make"); round++) {
    await writeAffiliates(deps, appId, toMake(lines, verdicts, "affiliate"));
    const known = await readKnown(deps, appId, lines);
    verdicts = judgeImport(lines, known);
    // The codes of code rows, and of affiliates who were here before the file.
    const earlier = toMake(lines, verdicts, "affiliate").filter(({ email }) => known.affiliates.has(email));
    await writeCodes(deps, appId, [...earlier, ...toMake(lines, verdicts, "code")]);
    await writeReferrals(deps, appId, toMake(lines, verdicts, "referral"));
    await writeBalances(deps, appId, toMake(lines, verdicts, "balance"), known.affiliates);
    verdicts = await planMoveIn(deps, appId, lines);
  }
  return verdicts.map((verdict, at) => ({
    ...verdict,
    isMade: first[at]?.outcome === "make" && verdict.outcome === "known",
  }));
}

type RowOf<Type extends ImportType> = Extract<ImportRow, { readonly type: Type }>;

function toMake<Type extends ImportType>(
  lines: readonly ImportLine[],
  verdicts: readonly ImportVerdict[],
  type: Type,
): readonly RowOf<Type>[] {
  return lines.flatMap(({ row }, at) => (verdicts[at]?.outcome === "make" && isOf(row, type) ? [row] : []));
}

function isOf<Type extends ImportType>(row: ImportRow, type: Type): row is RowOf<Type> {
  return row.type === type;
}

const byOf = (deps: Deps): ImportBy => ({ actor: ACTOR, reason: REASON, now: deps.now() });

async function writeAffiliates(deps: Deps, appId: string, rows: readonly RowOf<"affiliate">[]): Promise<void> {
  const hash = await hmacUnder(deps.config.authSecret);
  for (const page of pagesOf(rows, PAGE)) {
    const by = byOf(deps);
    const refs = refsOf(deps, page);
    const made = await Promise.all(
      page.map(async ({ createdAt, ...row }, at) => {
        const ref = refs[at] ?? drawCode(deps);
        const ids = { id: deps.newId("aff"), audit: deps.newId("aud") };
        return {
          ...row,
          ...ids,
          ref,
          code: foldCode(ref),
          emailHmac: await hash(row.email),
          createdAt: createdAt ?? by.now,
        };
      }),
    );
    await deps.db.batch(insertImportedAffiliates(appId, made, by));
  }
}

/** Everybody's code, drawn where the file has none: no two of a page alike. */
function refsOf(deps: Deps, rows: readonly RowOf<"affiliate">[]): readonly string[] {
  const taken = new Set(rows.flatMap(({ ref }) => (ref === null ? [] : [foldCode(ref)])));
  return rows.map(({ ref }) => {
    if (ref !== null) return ref;
    let drawn = drawCode(deps);
    for (let draw = 0; draw < MAX_DRAWS && taken.has(drawn); draw++) drawn = drawCode(deps);
    taken.add(drawn);
    return drawn;
  });
}

async function writeCodes(
  deps: Deps,
  appId: string,
  rows: readonly (RowOf<"affiliate"> | RowOf<"code">)[],
): Promise<void> {
  for (const page of pagesOf(rows, PAGE)) {
    const by = byOf(deps);
    const made = page.flatMap(({ email, ref, createdAt }) =>
      ref === null
        ? []
        : [{ audit: deps.newId("aud"), email, ref, code: foldCode(ref), createdAt: createdAt ?? by.now }],
    );
    await deps.db.batch(insertImportedCodes(appId, made, by));
  }
}

async function writeReferrals(deps: Deps, appId: string, rows: readonly RowOf<"referral">[]): Promise<void> {
  const hash = await hmacUnder(deps.config.authSecret);
  for (const page of pagesOf(rows, PAGE)) {
    const by = byOf(deps);
    const made = await Promise.all(
      page.map(async ({ userId, email, ref, customerEmail, createdAt }) => ({
        id: deps.newId("ref"),
        audit: deps.newId("aud"),
        userId,
        email,
        code: ref === null ? null : foldCode(ref),
        emailHmac: customerEmail === null ? null : await hash(customerEmail),
        emailMask: customerEmail === null ? null : maskEmail(customerEmail),
        createdAt: createdAt ?? by.now,
      })),
    );
    await deps.db.batch(insertImportedReferrals(appId, made, by));
  }
}

async function writeBalances(
  deps: Deps,
  appId: string,
  rows: readonly RowOf<"balance">[],
  known: ReadonlyMap<string, KnownAffiliate>,
): Promise<void> {
  const owed = rows.flatMap(({ email, ...row }) => {
    const affiliateId = known.get(email)?.id;
    return affiliateId === undefined ? [] : [{ ...row, affiliateId }];
  });
  for (const page of pagesOf(owed, BALANCE_PAGE)) {
    const { actor, now } = byOf(deps);
    const posted = await Promise.all(
      page.map(async ({ affiliateId, currency, amountCents, note }) => {
        const id = await openingId(appId, affiliateId, currency);
        const what = {
          id,
          affiliateId,
          currency,
          amountCents,
          kind: "opening",
          reason: note ?? OPENING_REASON,
        } as const;
        return postCorrection(appId, { ...what, actor, audit: deps.newId("aud"), now });
      }),
    );
    await deps.db.batch(posted.flat());
  }
}
