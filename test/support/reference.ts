import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withoutPrefix } from "../../worker/routes/first-party-path.ts";

/** The refusals that the reference tells of one operation. */
interface Refusals {
  readonly method: string;
  readonly path: RegExp;
  readonly codes: ReadonlySet<unknown>;
}

/** As it was built last: every test file reads it, and none of them what it is made of. */
const FILE = join(import.meta.dirname, "../../dist/site/openapi.json");

let reference: readonly Refusals[] | undefined;

/** Throws where a call was refused with a code that the reference does not tell of its operation. */
export function holdToReference({ method, path, code }: { method: string; path: string; code: unknown }): void {
  if (code === undefined || code === "method_not_allowed") return;
  reference ??= existsSync(FILE) ? readReference() : [];
  const { pathname } = new URL(path, "https://links.example.test");
  const meant = reference.filter((one) => one.method === method && one.path.test(withoutPrefix(pathname)));
  if (meant.length === 0 || meant.some(({ codes }) => codes.has(code))) return;
  throw new Error(
    `the reference does not say that ${method} ${pathname} may answer ${JSON.stringify(code)}: npm run build, or openapi/`,
  );
}

interface Response {
  readonly $ref?: string;
}

function readReference(): readonly Refusals[] {
  const { paths, components } = JSON.parse(readFileSync(FILE, "utf8"));
  const codesOf = ({ $ref }: Response): readonly unknown[] => {
    const name = $ref?.split("/").at(-1) ?? "";
    return (
      components.responses[name]?.content["application/json"].schema.allOf[1].properties.error.properties.code.enum ??
      []
    );
  };
  const operations =
    Object.entries<Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>(paths);
  return operations.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => ({
      method: method.toUpperCase(),
      path: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
      codes: new Set(Object.values(responses).flatMap(codesOf)),
    })),
  );
}
