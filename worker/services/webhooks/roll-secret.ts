import type { Deps } from "../../deps.ts";
import type { Result } from "../../domain/result.ts";
import type { IssuedEndpoint } from "./create-endpoint.ts";

/** Gives an endpoint a new secret; the one of before signs too for `overlapHours`. Fails with `not_found`. */
export async function rollSecret(
  _deps: Deps,
  _appId: string,
  _: { readonly actor: string; readonly endpointId: string; readonly overlapHours: number },
): Promise<Result<IssuedEndpoint>> {
  throw new Error("unfinished");
}
