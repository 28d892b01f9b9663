import { namesIn, removeDatabase } from "../../store/embedded-copy.ts";
import { stampOf } from "./back-up.ts";

/** The name of a backup that is made now, in a folder of backups. */
export function datedBackup(folder: string, now: number): string {
  return `${folder}/agentlinks-${stampOf(now)}.db`;
}

/**
 * Removes all but the newest `keep` backups of a folder that have such names, and what broken-off ones left; no other file.
 * Answers the names it removed. Never runs before a newer one is whole: whoever calls it has just made one.
 */
export function pruneBackups(folder: string, keep: number): readonly string[] {
  const whole = namesIn(folder, WHOLE);
  const old = [...whole.slice(0, Math.max(0, whole.length - keep)), ...namesIn(folder, BROKEN_OFF)];
  for (const name of old) removeDatabase(`${folder}/${name}`);
  return old;
}

const WHOLE = /^agentlinks-\d{8}T\d{6}Z\.db$/;
const BROKEN_OFF = /^agentlinks-\d{8}T\d{6}Z\.db\.partial$/;
