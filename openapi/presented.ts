import type * as v from "valibot";

/**
 * The schema of what a presenter answers. `presented<ReturnType<typeof presentKey>>()(schema)` is no type unless all that the
 * presenter may answer is in the schema: a field it lacks or has too many, a null, a word of a list.
 */
export function presented<Presented>() {
  return <const Schema extends v.GenericSchema>(
    schema: Schema,
    ...held: Held<Presented, v.InferInput<Schema>>
  ): Schema => {
    void held;
    return schema;
  };
}

type Held<Presented, Input> = [Presented] extends [AsRead<Input>]
  ? [Exclude<KeysOf<Presented>, KeysOf<Input>>] extends [never]
    ? []
    : [problem: "the presenter answers more fields", fields: Exclude<KeysOf<Presented>, KeysOf<Input>>]
  : [problem: "the presenter answers what the schema does not take"];

type KeysOf<Value> = Value extends unknown ? keyof Value : never;

/** A presenter's lists are readonly. */
type AsRead<Value> = Value extends readonly (infer Item)[]
  ? readonly AsRead<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: AsRead<Value[Key]> }
    : Value;
