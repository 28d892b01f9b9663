import { toJsonSchemaDefs } from "@valibot/to-json-schema";
import type * as v from "valibot";

/** A schema as OpenAPI 3.1 has it: JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Rules that JSON Schema has no keyword for; the words of a field say what they ask for. */
const IN_WORDS = ["check", "partial_check", "trim", "to_lower_case", "to_upper_case"];
/** Begins what is no name of a component: a schema that is written out where it is used, or what another one comes to. */
const [INLINE, SHAPE] = ["inline:", "shape:"];

/**
 * Turns schemas into JSON Schema, of what they take: those of `named` into components, to which the others refer. All are turned
 * at once, for a schema is known by its identity.
 */
export function toComponents(
  named: Readonly<Record<string, v.GenericSchema>>,
  others: Iterable<v.GenericSchema>,
): { readonly components: Readonly<Record<string, JsonSchema>>; readonly of: (schema: v.GenericSchema) => JsonSchema } {
  const names = new Map(Object.entries(named).map(([name, schema]) => [schema, name]));
  const unnamed = [...new Set(others)].filter((schema) => !names.has(schema));
  const inline = new Map(unnamed.map((schema, at) => [schema, `${INLINE}${at}`]));
  const turned = turn([...names, ...inline]);
  return {
    components: Object.fromEntries(Object.keys(named).map((name) => [name, turned(name)])),
    of(schema) {
      const name = names.get(schema);
      return name === undefined ? turned(inline.get(schema) ?? "") : { $ref: refTo(name) };
    },
  };
}

function turn(schemas: readonly (readonly [schema: v.GenericSchema, name: string])[]): (name: string) => JsonSchema {
  const shapes = schemas.flatMap(([schema, name]) => {
    const shape = shapeOf(schema);
    return shape === null ? [] : [[`${SHAPE}${name}`, shape] as const];
  });
  const definitions = Object.fromEntries([...schemas.map(([schema, name]) => [name, schema] as const), ...shapes]);
  const turned: Readonly<Record<string, object>> = toJsonSchemaDefs(definitions, {
    target: "draft-2020-12",
    typeMode: "input",
    ignoreActions: IN_WORDS,
    // JSON Schema has no flags: a pattern without its own would refuse what we take.
    overrideAction: ({ valibotAction, jsonSchema }) =>
      isFlagged(valibotAction) ? withoutPattern(jsonSchema) : undefined,
    // What a function of ours decides: `field-types.ts` has its words.
    overrideSchema: ({ valibotSchema }) => (valibotSchema.type === "custom" ? {} : undefined),
    overrideRef: ({ referenceId }) => refTo(referenceId),
  });
  return (name) => {
    const found = turned[`${SHAPE}${name}`] ?? turned[name];
    if (found === undefined) throw new Error(`a schema was not handed over: ${name}`);
    return tidied(found);
  };
}

function withoutPattern(schema: object): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== "pattern"));
}

function isFlagged(action: { readonly type: string }): boolean {
  return (
    action.type === "regex" &&
    "requirement" in action &&
    action.requirement instanceof RegExp &&
    action.requirement.flags !== ""
  );
}

/** What a pipe takes that begins with a check of anything: the schema after it. Null for any other. */
function shapeOf(schema: v.GenericSchema): v.GenericSchema | null {
  if (!("pipe" in schema) || !Array.isArray(schema.pipe)) return null;
  const [first, ...rest]: readonly v.GenericSchema[] = schema.pipe;
  return first?.type === "unknown" ? (rest.find(({ kind }) => kind === "schema") ?? null) : null;
}

function refTo(name: string): string {
  if (name.startsWith(INLINE)) throw new Error("a schema that is used by itself and within another needs a name");
  return `#/components/schemas/${name}`;
}

/** The same in the words that readers and generators of clients know best. */
function tidied(value: unknown): JsonSchema {
  return tidiedValue(value) as JsonSchema;
}

function tidiedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidiedValue);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([keyword, of]) => !isNoise(keyword, of));
  return nullableInOne(Object.fromEntries(kept.map(([keyword, of]) => [keyword, tidiedValue(of)])));
}

/** What says nothing: that null stands for nothing, the bounds of numbers, names that may be any, and that no answer has more fields: later ones may. */
function isNoise(keyword: string, value: unknown): boolean {
  return (
    (keyword === "default" && value === null) ||
    (keyword === "additionalProperties" && value === false) ||
    keyword === "propertyNames" ||
    (keyword === "required" && Array.isArray(value) && value.length === 0) ||
    (typeof value === "number" && Math.abs(value) === Number.MAX_SAFE_INTEGER)
  );
}

/** "This or null" as one type of two. */
function nullableInOne(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  const [one, other, more] = Array.isArray(anyOf) ? anyOf : [];
  if (more !== undefined || other?.type !== "null" || typeof one?.type !== "string") return schema;
  const words = Array.isArray(one.enum) ? { enum: [...one.enum, null] } : {};
  return { ...one, type: [one.type, "null"], ...words, ...rest };
}
