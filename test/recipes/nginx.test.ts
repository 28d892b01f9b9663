import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { codeBlock } from "../support/code-block.ts";
import { LINKS, passesAsFirstParty } from "../support/first-party.ts";
import { nginxProgram } from "../support/nginx-program.ts";
import { tempFolder } from "../support/temp-folder.ts";

// `vitest.config.ts` leaves this file out where there is no nginx.

const RECIPE = codeBlock({ file: "docs/first-party.md", heading: "## nginx", language: "nginx" });
const START_ATTEMPTS = 200;
const ATTEMPT_MS = 25;

passesAsFirstParty({
  start: async (links) => {
    const folder = tempFolder();
    const port = await freePort();
    const config = join(folder, "nginx.conf");
    writeFileSync(config, configOf(port, RECIPE.replace(LINKS, links)));
    const nginx = spawn(nginxProgram() ?? "nginx", ["-p", folder, "-c", config, "-e", "stderr"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let complaints = "";
    nginx.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
    const ended = once(nginx, "exit");
    onTestFinished(async () => {
      nginx.kill("SIGTERM");
      await ended;
    });
    for (let attempt = 0; attempt < START_ATTEMPTS && nginx.exitCode === null; attempt++) {
      if (await answers(port)) return `http://127.0.0.1:${port}`;
      await sleep(ATTEMPT_MS);
    }
    throw new Error(`nginx does not answer:\n${complaints}`);
  },
  // As a CDN in front of it would: it appends what it sees, and what is left of that the visitor has made up.
  visitorAt: (address) => ({ "X-Forwarded-For": `198.51.100.66, ${address}` }),
  limitsBodies: true,
});

/** What stands around the recipe: a site on this machine, behind a CDN, in one process that stays in the foreground. */
function configOf(port: number, recipe: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
  return `
daemon off;
master_process off;
pid nginx.pid;
events {}
http {
  access_log off;
  ${temporary.join("\n  ")}
  set_real_ip_from 127.0.0.1;
  real_ip_header X-Forwarded-For;
  server {
    listen 127.0.0.1:${port};
${recipe}
    location / {
      return 404;
    }
  }
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
