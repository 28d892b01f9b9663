import type { Deps } from "../../deps.ts";
import { type Affiliate, findAffiliates, listAffiliatesOfEmail } from "../../store/affiliate-store.ts";
import { type App, findApp, listAppsOfAffiliate } from "../../store/app-store.ts";
import { readFlags } from "../programs/read-flags.ts";
import type { Person } from "./person.ts";

/** Programs that are shown of one person: nobody promotes more. */
const MAX_PROGRAMS = 100;

/** A program, and who a person is in it. */
export interface MyProgram {
  readonly app: App;
  readonly affiliate: Affiliate;
}

/** The programs a person promotes, by the address they proved, the newest first; not those whose promoters' side is off. */
export async function readMyPrograms(deps: Deps, person: Person): Promise<readonly MyProgram[]> {
  const page = { limit: MAX_PROGRAMS, now: deps.now() };
  const [apps, affiliates] = await Promise.all([
    listAppsOfAffiliate(deps.db, person.email, page),
    listAffiliatesOfEmail(deps.db, person.email, page),
  ]);
  return affiliates.flatMap(({ appId, affiliate }) => {
    const app = apps.find(({ id }) => id === appId);
    return app !== undefined && isOpen(deps, app) ? [{ app, affiliate }] : [];
  });
}

/** One of them; null where the person is no affiliate of the app, or its promoters' side is off. */
export async function readMyProgram(deps: Deps, person: Person, appId: string): Promise<MyProgram | null> {
  const now = deps.now();
  const [app, [affiliate]] = await Promise.all([
    findApp(deps.db, appId, now),
    findAffiliates(deps.db, appId, { accountId: null, email: person.email }, now),
  ]);
  return app !== null && affiliate !== undefined && isOpen(deps, app) ? { app, affiliate } : null;
}

function isOpen(deps: Deps, app: App): boolean {
  return readFlags(deps, app).platformReferrals.enabled;
}
