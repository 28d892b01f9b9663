/** Whether a key reads what an app of this mode sold. One that does not say is taken at its word. */
export function isKeyOfMode(key: string, mode: "live" | "test"): boolean {
  const said = /^[rs]k_(live|test)_/.exec(key)?.[1];
  return said === undefined || said === mode;
}
