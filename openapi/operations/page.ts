import { PageSchema } from "../../worker/wire/page.ts";
import { described } from "../operation.ts";

/** Which page of a list is asked for. */
export const PAGE = described(PageSchema, {
  limit: "Rows of the page.",
  cursor: "The `next_cursor` of the page before.",
});
