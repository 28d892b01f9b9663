import type { Deps } from "../../deps.ts";
import { codeFromBytes } from "../../domain/code.ts";

/** A random code nobody chose. Whether it is free, the database says. */
export function drawCode(deps: Pick<Deps, "randomBytes">): string {
  return codeFromBytes(deps.randomBytes(32)) ?? drawCode(deps);
}
