/**
 * Shows /openapi.json by Swagger UI, which the page has loaded before: to be read, with our heading around it, in the colours of
 * the page. Its own calls are left out: a secret key is for a backend, and belongs in no page.
 */
interface System {
  readonly React: {
    readonly createElement: (type: unknown, props: object | null, ...children: readonly unknown[]) => unknown;
    readonly createContext: <T>(value: T) => { readonly Provider: unknown; readonly value?: T };
    readonly useContext: <T>(context: { readonly Provider: unknown; readonly value?: T }) => T;
  };
}

/** What a call takes of what proves who calls: one of these, each by its name with the scopes it needs. */
type Security = readonly Readonly<Record<string, readonly string[]>>[];

/** What a component of the viewer is given. */
interface Given {
  readonly getComponent: (name: string, container?: boolean) => unknown;
  readonly specSelectors: {
    info(): { get(name: string): unknown };
  };
}

type Wrap = (original: unknown, system: System) => (given: Readonly<Record<string, unknown>>) => unknown;

declare const SwaggerUIBundle: (options: object) => unknown;

const place = document.getElementById("reference");
if (place !== null) void show(place).catch(() => sayFailed(place));

async function show(root: HTMLElement): Promise<void> {
  const answer = await fetch("/openapi.json");
  const description: unknown = await answer.json();
  if (!answer.ok) throw new Error(`the description answers ${answer.status}`);
  new MutationObserver(() => nameParts(root)).observe(root, { childList: true, subtree: true });
  SwaggerUIBundle({
    spec: description,
    domNode: root,
    plugins: [layoutOf(root.dataset), partsOf(root.dataset)],
    layout: "Reference",
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    defaultModelExpandDepth: 3,
    displayRequestDuration: false,
    supportedSubmitMethods: [],
    validatorUrl: null,
  });
}

function sayFailed(root: HTMLElement): void {
  const notice = document.createElement("p");
  notice.className = "notice bad";
  notice.role = "alert";
  notice.textContent = root.dataset["failed"] ?? "";
  root.replaceChildren(notice);
}

/** What the description says of itself, then its calls: the viewer's own heading, servers and login are left out. */
function layoutOf({ calls = "" }: DOMStringMap) {
  return ({ React: { createElement: h } }: System) => ({
    components: {
      Reference({ getComponent, specSelectors }: Given) {
        const about = specSelectors.info().get("description");
        return h(
          "div",
          { className: "swagger-ui" },
          h(getComponent("SvgAssets"), null),
          h("div", { className: "about" }, h(getComponent("Markdown", true), { source: about })),
          h("h2", null, calls),
          h(getComponent("operations", true), null),
        );
      },
    },
  });
}

function partsOf(words: DOMStringMap) {
  return ({ React }: System) => {
    const { createElement: h, createContext, useContext } = React;
    const context = createContext<Security>([]);
    const wrapComponents: Readonly<Record<string, Wrap>> = {
      // A button that opens a call holds no second link.
      DeepLink:
        () =>
        ({ text }) =>
          h("span", null, text),
      OperationSummary: (original) => (given) =>
        h(context.Provider, { value: securityOf(given["operationProps"]) }, h(original, given)),
      authorizeOperationBtn: () => () => h("span", { className: "key" }, keysIn(useContext(context), words)),
    };
    return { wrapComponents };
  };
}

/** The viewer keeps it as a list of Immutable.js. */
function securityOf(operation: unknown): Security {
  const { security } = (operation as { toJS(): { security?: Security } }).toJS();
  return security ?? [];
}

/** The operator's key opens nearly everything: it is named where nothing else does. */
function keysIn(security: Security, words: DOMStringMap): string {
  const named = security.flatMap((one) => Object.entries(one));
  const others = named.filter(([name]) => name !== "operatorKey");
  const keys = (others.length > 0 ? others : named).map(([name, scopes]) =>
    [words[name] ?? name, ...(scopes.length > 0 ? [scopes.join(", ")] : [])].join(": "),
  );
  const isOptional = security.some((one) => Object.keys(one).length === 0);
  return [[...new Set(keys)].join(" · "), ...(isOptional ? [words["optional"]] : [])].join(", ");
}

/** The viewer gives some of what it shows no name. */
function nameParts(root: HTMLElement): void {
  const { choice = "", schema = "" } = root.dataset;
  for (const list of root.querySelectorAll("select:not([aria-label])")) list.setAttribute("aria-label", choice);
  for (const button of root.querySelectorAll("button.json-schema-2020-12-accordion:not([aria-label])")) {
    if (button.textContent?.trim() === "") button.setAttribute("aria-label", schema);
  }
  for (const code of root.querySelectorAll<HTMLElement>("pre:not([tabindex])")) code.tabIndex = 0;
}
