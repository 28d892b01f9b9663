import { readFileSync } from "node:fs";

/** Where a block stands: the first one of `language` below `heading`, both as they are written. */
interface Place {
  readonly file: string;
  readonly heading: string;
  readonly language: string;
}

/** A code block of the documentation, as its reader copies it. Throws when it is not there. */
export function codeBlock({ file, heading, language }: Place): string {
  const section = readFileSync(file, "utf8").split(`\n${heading}`, 2)[1]?.split(/^## /m, 1)[0];
  const block = section?.split(`\`\`\`${language}\n`, 2)[1]?.split("\n```", 1)[0];
  if (block === undefined) throw new Error(`${file} has no ${language} block below "${heading}"`);
  return block;
}
