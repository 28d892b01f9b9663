import type { Context } from "hono";
import { assert } from "../domain/assert.ts";
import type { FailureCode } from "../domain/result.ts";
import type { Person } from "../services/accounts/person.ts";
import type { Affiliate } from "../store/affiliate-store.ts";
import type { App } from "../store/app-store.ts";

/** What a request for a page carries from one handler to the next. */
export interface PageEnv {
  Bindings: { readonly visit: Visit };
  Variables: {
    requestId: string;
    address: string;
    /** The visitor's, as the front door sees it; null where it does not know. */
    country: string | null;
    failure: FailureCode;
    person: Person | null;
    /** Proves that a form is one of this session's; empty when signed out. */
    csrf: string;
    /** Of which app a page below `/apps/:appId` or `/referrals/:appId` is. */
    app: App;
    /** Whose page below `/referrals/:appId` it is. */
    affiliate: Affiliate;
    /** The account that this creator is in the program of friend credits; null: they have no part in it. */
    friendAccount: string | null;
    /** Whether the pages for managing creators of `app` are there for this person. */
    managesAffiliates: boolean;
  };
}

/** What the product knows of a request before a page gets it, and learns from the page for its log. */
export interface Visit {
  readonly requestId: string;
  readonly address: string;
  readonly country: string | null;
  failure?: FailureCode;
  /** The pattern of the route that answered. */
  route?: string;
}

/** Who is signed in, on a page that lets nobody else in. */
export function personOf(c: Context<PageEnv>): Person {
  const person = c.get("person");
  assert(person !== null, "this page is for those who are signed in");
  return person;
}
