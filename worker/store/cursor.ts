/** A place in a list by age: after, or before, the row with this time and id. */
export interface Cursor {
  readonly at: number;
  readonly id: string;
}

/** Before every row, and after every row. */
export const START_OF_TIME: Cursor = { at: -1, id: "" };
export const END_OF_TIME: Cursor = { at: Number.MAX_SAFE_INTEGER, id: "" };
