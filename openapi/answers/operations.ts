import * as v from "valibot";

export const Health = v.strictObject({ status: v.literal("ok") });
export const Readiness = v.strictObject({
  status: v.literal("ready"),
  schema: v.pipe(v.string(), v.description("The newest migration of the database.")),
});
