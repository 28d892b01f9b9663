import { KEY_SCOPES } from "../../store/key-store.ts";
import type { Access } from "../programs/authorize.ts";
import { actorOf, type Person } from "./person.ts";

/** What a person may do with an app that they own or operate, as services take it from keys: everything. */
export function authorityOver(person: Person, appId: string): Access {
  return {
    actor: actorOf(person),
    isOperator: person.isOperator,
    appId,
    keyId: null,
    affiliateId: null,
    scopes: KEY_SCOPES,
  };
}
