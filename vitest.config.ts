import { configDefaults, defineConfig } from "vitest/config";
import { nginxProgram } from "./test/support/nginx-program.ts";

export default defineConfig({
  plugins: [
    {
      // What esbuild and wrangler do with a migration: its text.
      name: "sql-as-text",
      transform: (code, id) => (id.endsWith(".sql") ? `export default ${JSON.stringify(code)};` : undefined),
    },
  ],
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          include: ["test/**/*.test.{ts,tsx}"],
          // nginx is no npm package: where it is missing, the recipe for it cannot run. `.ci/run` installs it where it may.
          exclude: [...configDefaults.exclude, ...(nginxProgram() === null ? ["test/recipes/nginx*.test.ts"] : [])],
          globalSetup: ["test/support/template-global-setup.ts", "test/support/browser-global-setup.ts"],
        },
      },
      {
        extends: true,
        test: {
          // The conformance suite once more, with the app in workerd.
          name: "workerd",
          include: ["test/conformance/*.test.ts"],
          // test/README.md says why these are for one door.
          exclude: [
            ...configDefaults.exclude,
            "**/explain.test.ts",
            "**/ids-have-tests.test.ts",
            "**/limits.test.ts",
            "**/operations.test.ts",
            "**/repeats.test.ts",
            "**/stripe-{attribution,histories,money,orders}.test.ts",
            "**/torture.test.ts",
          ],
          globalSetup: ["test/support/template-global-setup.ts", "test/support/workerd-global-setup.ts"],
        },
      },
    ],
    maxWorkers: "100%",
    // A process keeps the app's modules from file to file: none of them holds what a test has done, beyond its world.
    isolate: false,
    // A browser or workerd starts within a test or hook, on two busy cores.
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
