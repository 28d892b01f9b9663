import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where Debian has it, which the PATH of an ordinary user leaves out. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

/** The machine's nginx, or null: it is no npm package. */
export function nginxProgram(): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, "nginx")).find((program) => existsSync(program)) ?? null;
}
