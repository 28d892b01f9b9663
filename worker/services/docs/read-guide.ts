import type { Deps } from "../../deps.ts";

/** A page of the documentation as the build made it: what stands around it is the product's. */
export interface GuidePage {
  readonly title: string;
  /** Ours, made of Markdown without HTML; empty for a page that is no file of `docs/`. */
  readonly html: string;
  readonly headings: readonly GuideHeading[];
  /** Addresses of what it loads. */
  readonly styles: readonly string[];
  readonly scripts: readonly string[];
}

export interface GuideHeading {
  readonly id: string;
  readonly text: string;
  /** 2 for a part, 3 for a part of that. */
  readonly level: number;
}

/** A page by the name of its file in `docs/`, or `index` or `reference`; null where the installation has none of that name. */
export async function readGuide({ files }: Pick<Deps, "files">, name: string): Promise<GuidePage | null> {
  const file = await files.read(`docs/${name}.json`);
  return file === null ? null : asGuide(await new Response(file.body).json());
}

/** build-site.mjs writes it. */
function asGuide(json: unknown): GuidePage {
  return json as GuidePage;
}
