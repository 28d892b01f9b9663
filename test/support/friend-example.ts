import { onTestFinished } from "vitest";
import { startExample } from "./example-process.ts";
import { type NodeDoor, startNodeDoor } from "./node-door.ts";
import { tempFolder } from "./temp-folder.ts";

/** examples/friend-credits in front of the built product: two processes, until the test is over. */
export interface FriendExample {
  readonly door: NodeDoor;
  /** Where the example's pages are. */
  readonly url: string;
  /** Starts the product anew: what has to be mailed goes out at its start, else once a minute. */
  readonly restartDoor: () => Promise<void>;
  /** Signs up as a person does, by the form; answers the session's cookie and where the form led. */
  readonly signUp: (email: string, code: string) => Promise<{ readonly cookie: string; readonly next: string }>;
}

export async function startFriendExample(): Promise<FriendExample> {
  const folder = tempFolder();
  let door = await startNodeDoor(folder);
  onTestFinished(async () => void (await door.stop("SIGTERM")));
  const { appId, secretKey } = door.dev().demo;
  const env = { AGENTLINKS_URL: door.url, AGENTLINKS_KEY: secretKey, AGENTLINKS_APP: appId };
  const { url } = await startExample("examples/friend-credits/server.js", env);
  const program = { origins: [url], credits: { share_url: `${url}/auth?ref={code}` } };
  const headers = { Authorization: `Bearer ${secretKey}` };
  await fetch(`${door.url}/api/v1/app`, { method: "PATCH", headers, body: JSON.stringify(program) });
  return {
    door,
    url,
    restartDoor: async () => {
      await door.stop("SIGTERM");
      door = await startNodeDoor(folder, { PORT: new URL(door.url).port });
    },
    signUp: async (email, code) => {
      const body = new URLSearchParams({ email, code });
      const answer = await fetch(`${url}/signup`, { method: "POST", body, redirect: "manual" });
      const cookie = answer.headers.get("Set-Cookie")?.split(";")[0] ?? "";
      return { cookie, next: answer.headers.get("Location") ?? "" };
    },
  };
}
