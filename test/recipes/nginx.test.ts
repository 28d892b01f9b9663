import { codeBlock } from "../support/code-block.ts";
import { LINKS, passesAsFirstParty } from "../support/first-party.ts";
import { freePort, startNginx } from "../support/nginx.ts";

// `vitest.config.ts` leaves this file out where there is no nginx.

const RECIPE = codeBlock({ file: "docs/first-party.md", heading: "## nginx", language: "nginx" });

passesAsFirstParty({
  start: async (links) => {
    const port = await freePort();
    await startNginx({ port, http: siteOf(port, RECIPE.replace(LINKS, links)) });
    return `http://127.0.0.1:${port}`;
  },
  // As a CDN in front of it would: it appends what it sees, and what is left of that the visitor has made up.
  visitorAt: (address) => ({ "X-Forwarded-For": `198.51.100.66, ${address}` }),
  limitsBodies: true,
});

/** What stands around the recipe: a site on this machine, behind a CDN. */
function siteOf(port: number, recipe: string): string {
  return `
  set_real_ip_from 127.0.0.1;
  real_ip_header X-Forwarded-For;
  server {
    listen 127.0.0.1:${port};
${recipe}
    location / {
      return 404;
    }
  }`;
}
