import type * as v from "valibot";

/**
 * The schema of what a presenter answers. `presented<ReturnType<typeof presentKey>>()(schema)` is no type unless all that the
 * presenter may answer is in the schema: a field it lacks or has too many, a null, a word of a list. Nor if a field may be null in
 * the schema alone.
 */
export function presented<Presented>() {
  return <const Schema extends v.GenericSchema>(schema: Schema & Held<Presented, v.InferInput<Schema>>): Schema =>
    schema;
}

/** Anything, or what is wrong: an error of the compiler names it. */
type Held<Presented, Input> = [Presented] extends [AsRead<Input>]
  ? [Exclude<KeysOf<Presented>, KeysOf<Input>>] extends [never]
    ? [Looser<Presented, Input>] extends [never]
      ? unknown
      : { readonly "the presenter never answers null for": Looser<Presented, Input> }
    : { readonly "the presenter answers more": Exclude<KeysOf<Presented>, KeysOf<Input>> }
  : { readonly "the presenter answers": Presented; readonly "the schema takes": AsRead<Input> };

type KeysOf<Value> = Value extends unknown ? keyof Value : never;

/** The fields that may be null in the schema alone, by their names. */
type Looser<Presented, Input, Name = "itself"> = unknown extends Presented
  ? never
  : null extends Input
    ? null extends Presented
      ? Looser<NonNullable<Presented>, NonNullable<Input>, Name>
      : Name
    : [Presented] extends [readonly (infer Item)[]]
      ? [Input] extends [readonly (infer Taken)[]]
        ? Looser<Item, Taken, Name>
        : never
      : [Presented] extends [object]
        ? { [Key in keyof Presented & keyof Input]: Looser<Presented[Key], Input[Key], Key> }[keyof Presented &
            keyof Input]
        : never;

/** A presenter's lists are readonly. */
type AsRead<Value> = Value extends readonly (infer Item)[]
  ? readonly AsRead<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: AsRead<Value[Key]> }
    : Value;
