import { parseEnv } from "./env.ts";
console.log(typeof parseEnv);
