import { openHttpDb } from "../worker/store/http-db.ts";
import { floorApp } from "./floor-app.ts";

interface Bindings {
  readonly DATABASE_URL: string;
  readonly DATABASE_AUTH_TOKEN: string;
  /** JSON: its owner's rows are those that are written. */
  readonly OWNER: string;
}

let app: ReturnType<typeof floorApp> | undefined;

/** What every Worker pays: the same routes as `floor-server`, over the product's own client of a libSQL server. */
export default {
  fetch(request: Request, { DATABASE_URL: url, DATABASE_AUTH_TOKEN: authToken, OWNER }: Bindings) {
    app ??= floorApp(openHttpDb({ url, authToken }), JSON.parse(OWNER));
    return app.fetch(request);
  },
};
