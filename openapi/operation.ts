import type * as v from "valibot";
import type { FailureCode } from "../worker/domain/result.ts";
import type { Access } from "./access.ts";

/** One route as the reference has it. The schemas are those that validate a request, and that hold an answer. */
export interface Operation {
  /** Its method and its path as it is routed: `POST /api/v1/keys/:id/roll`. */
  readonly route: `${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /${string}`;
  readonly tag: string;
  /** What it does, in a few words without a full stop. */
  readonly summary: string;
  /** What a caller must know besides, as Markdown. */
  readonly description?: string;
  readonly access: Access;
  /** What may stand in the query: each schema checks its own fields. */
  readonly query?: readonly Described[];
  /** The same of the body. */
  readonly body?: readonly Described[];
  /** The content type of a file that may come in its place. */
  readonly bodyAsFile?: string;
  /** Fields of the body that must come with another. */
  readonly together?: Readonly<Record<string, readonly string[]>>;
  /** Fields of the body of which one must be there. */
  readonly either?: readonly string[];
  /** What the parameters of the path are, where `path-parameters.ts` does not say it. */
  readonly path?: Readonly<Record<string, string>>;
  /** Whether `Idempotency-Key` makes it repeatable. */
  readonly repeatable?: true;
  /** Whether its answer is too long to be an example, or another one each time. */
  readonly unrecorded?: true;
  /** By status. */
  readonly answers: Readonly<Record<number, OperationAnswer>>;
  /** What it refuses besides what its access, a body and a query bring with them: `errors.ts` says which. */
  readonly errors?: readonly FailureCode[];
}

/** A schema of an object, and what each of its fields is. */
export interface Described {
  readonly schema: v.GenericSchema;
  readonly fields: Readonly<Record<string, string>>;
}

export interface OperationAnswer {
  readonly description: string;
  /** Null: the answer has no body. */
  readonly schema: v.GenericSchema | null;
  /** Unless it is JSON. */
  readonly contentType?: string;
  /** The content type of a file that may come in its place. */
  readonly asFile?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A schema that validates, with words for every one of its fields: one without is no type. */
export function described<const Schema extends v.GenericSchema>(
  schema: Schema,
  fields: Readonly<Record<NamesOf<v.InferInput<Schema>> & string, string>>,
): Described {
  return { schema, fields };
}

/** The fields of an object: of all its shapes, where it has several. */
type NamesOf<Shape> = Shape extends unknown ? keyof Shape : never;

/** What a call is answered. */
export function answer(
  description: string,
  schema: v.GenericSchema,
  more: Pick<OperationAnswer, "contentType" | "asFile" | "headers"> = {},
): OperationAnswer {
  return { description, schema, ...more };
}

/** The answer without a body. */
export function noContent(description: string): OperationAnswer {
  return { description, schema: null };
}
