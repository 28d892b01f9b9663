type Child = Node | string | false | null | undefined;

/** An element with these properties and children. Attributes that are no property begin with `@`. Text is set as text. */
export function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Readonly<Record<string, unknown>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key[0] == "@") element.setAttribute(key.slice(1), String(value));
    else Object.assign(element, { [key]: value });
  }
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
}

export function heading(level: number, text: string): HTMLElement {
  return el(`h${level}` as "h2", { className: "heading" }, text);
}

export function button(text: string, onclick: () => unknown, className = ""): HTMLButtonElement {
  return el("button", { type: "button", className, onclick }, text);
}

/** Where something went wrong, it is said. Nothing is seen of it before. */
export function problem(id = ""): HTMLElement {
  return el("p", { className: "problem", id, "@role": "alert" });
}

/** A number with what it counts. */
export function figure(name: string, value: string): HTMLElement {
  return el("div", { className: "figure" }, el("dt", {}, name), el("dd", {}, value));
}
