import type { Operation } from "./operation.ts";
import { appOperations } from "./operations/apps.ts";
import { keyOperations } from "./operations/keys.ts";
import { trackOperations } from "./operations/track.ts";

/** Every route of the API, in the order of the reference. */
export const OPERATIONS: readonly Operation[] = [...trackOperations, ...appOperations, ...keyOperations];
