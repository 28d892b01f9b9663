import type { Deps } from "../../deps.ts";
import type { Result } from "../../domain/result.ts";

/** Deletes an endpoint, its secrets at once. A repeat changes nothing. */
export async function deleteEndpoint(
  _deps: Deps,
  _appId: string,
  _: { readonly actor: string; readonly endpointId: string },
): Promise<Result<null>> {
  throw new Error("unfinished");
}
