/**
 * Shows /openapi.json by Swagger UI, which the page has loaded before: to be read, with our heading around it, in the colours of
 * the page. Its own calls are left out: a secret key is for a backend, and belongs in no page.
 */
interface System {
  readonly React: { createElement(type: unknown, props: object | null, ...children: readonly unknown[]): unknown };
}

/** What a component of the viewer is given. */
interface Given {
  getComponent(name: string, container?: boolean): unknown;
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
    plugins: [layoutOf(root.dataset), { wrapComponents: wrapped(root.dataset) }],
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

function wrapped({ key = "" }: DOMStringMap): Readonly<Record<string, Wrap>> {
  return {
    // A button that opens a call holds no second link.
    DeepLink:
      (_, { React: { createElement: h } }) =>
      ({ text }) =>
        h("span", null, text),
    authorizeOperationBtn:
      (_, { React: { createElement: h } }) =>
      () =>
        h("span", { className: "key" }, key),
  };
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
