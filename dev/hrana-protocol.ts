import * as v from "valibot";

/*
 * The parts of Hrana 2 over HTTP that `@libsql/client/http` speaks, as in docs/HTTP_V2_SPEC.md of the libSQL
 * repository. `describe` is not among them: the HTTP client never asks for it.
 */

const valueSchema = v.variant("type", [
  v.object({ type: v.literal("null") }),
  v.object({ type: v.literal("integer"), value: v.pipe(v.string(), v.regex(/^-?\d{1,19}$/)) }),
  v.object({ type: v.literal("float"), value: v.number() }),
  v.object({ type: v.literal("text"), value: v.string() }),
  v.object({ type: v.literal("blob"), base64: v.string() }),
]);

const sqlSchema = { sql: v.nullish(v.string()), sql_id: v.nullish(v.number()) };

const statementSchema = v.object({
  ...sqlSchema,
  args: v.optional(v.array(valueSchema), []),
  named_args: v.optional(v.array(v.object({ name: v.string(), value: valueSchema })), []),
  want_rows: v.nullish(v.boolean()),
});

/** When a step of a batch runs; `step` is the index of an earlier one. */
export type Condition =
  | { type: "ok" | "error"; step: number }
  | { type: "not"; cond: Condition }
  | { type: "and" | "or"; conds: Condition[] }
  | { type: "is_autocommit" };

const conditionSchema: v.GenericSchema<Condition> = v.lazy(() =>
  v.variant("type", [
    v.object({ type: v.picklist(["ok", "error"]), step: v.number() }),
    v.object({ type: v.literal("not"), cond: conditionSchema }),
    v.object({ type: v.picklist(["and", "or"]), conds: v.array(conditionSchema) }),
    v.object({ type: v.literal("is_autocommit") }),
  ]),
);

const batchSchema = v.object({
  steps: v.array(v.object({ condition: v.nullish(conditionSchema), stmt: statementSchema })),
});

const requestSchema = v.variant("type", [
  v.object({ type: v.literal("execute"), stmt: statementSchema }),
  v.object({ type: v.literal("batch"), batch: batchSchema }),
  v.object({ type: v.literal("sequence"), ...sqlSchema }),
  v.object({ type: v.literal("store_sql"), sql_id: v.number(), sql: v.string() }),
  v.object({ type: v.literal("close_sql"), sql_id: v.number() }),
  v.object({ type: v.literal("close") }),
]);

export const pipelineSchema = v.object({ baton: v.nullish(v.string()), requests: v.array(requestSchema) });

export type HranaValue = v.InferOutput<typeof valueSchema>;
export type HranaStatement = v.InferOutput<typeof statementSchema>;
export type HranaBatch = v.InferOutput<typeof batchSchema>;
export type HranaRequest = v.InferOutput<typeof requestSchema>;
export type HranaPipeline = v.InferOutput<typeof pipelineSchema>;

export interface HranaErrorBody {
  readonly message: string;
  readonly code: string;
}

export interface HranaResult {
  readonly cols: readonly { readonly name: string; readonly decltype: string | null }[];
  readonly rows: readonly (readonly HranaValue[])[];
  readonly affected_row_count: number;
  readonly last_insert_rowid: string | null;
}

export interface HranaBatchResult {
  readonly step_results: readonly (HranaResult | null)[];
  readonly step_errors: readonly (HranaErrorBody | null)[];
}

/** A failure that is answered to the client: of one statement, or of the stream. */
export class HranaError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "HranaError";
    this.code = code;
  }
}
