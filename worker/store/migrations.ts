import spine from "../../schema/migrations/0001_spine.sql";
import type { Migration } from "./migrate.ts";

/** Every migration, in order. A new one is added at the end; none is ever changed once released. */
export const MIGRATIONS: readonly Migration[] = [{ name: "0001_spine", sql: spine }];
