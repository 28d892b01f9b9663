/** Words of the audit log of the whole installation. */
export const CONSOLE_AUDIT = {
  lead: "Who changed what, in all apps. The newest first. Nothing in it is ever changed.",
  app: "App",
  actor: "Who",
  actorHint: "operator, key:…, user:usr_…, job",
} as const;
