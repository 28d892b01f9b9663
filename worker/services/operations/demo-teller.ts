/** Sends a request to the product's own routes, in the same process. */
export type DemoApi = (path: string, init?: RequestInit) => Promise<Response>;

/** Tells a story in the terminal: what is sent, what comes back, and whether the numbers are right. Throws when not. */
export interface Teller {
  /** From now on, calls carry this key. */
  readonly actAs: (key: string) => void;
  readonly say: (text: string) => void;
  /** A numbered headline. */
  readonly step: (title: string) => void;
  /** Sends a call and prints it with its answer. Throws when the answer has another status: 200 or 202 unless told. */
  readonly tell: (method: Method, path: string, body: object, status?: number) => Promise<Answer>;
  /** Sends a call without a word. */
  readonly send: (method: Method, path: string, body?: object) => Promise<Answer>;
  /** Prints a sum beside the number in the books. Throws when they, or the `rule` of the domain, differ. */
  readonly check: <Value extends string | number>(label: string, sum: Sum<Value>) => void;
  /** How many numbers agreed so far. */
  readonly agreed: () => number;
}

export interface Sum<Value> {
  readonly byHand: Value;
  readonly books: Value | null;
  readonly rule?: Value;
  readonly show?: (value: Value) => string;
}

/** An answer one looks into by dotted path. Throws when there is no such number or text. */
export interface Answer {
  readonly number: (path: string) => number;
  readonly text: (path: string) => string;
  readonly header: (name: string) => string | null;
}

type Method = "GET" | "POST";

/** An old terminal's width. */
const COLUMNS = 80;
const LABEL_COLUMNS = 52;
const NUMBER_COLUMNS = 10;
const INDENT = " ".repeat(6);

export function createTeller({ api, print }: { api: DemoApi; print: (line: string) => void }): Teller {
  const state = { key: "", steps: 0, agreed: 0, isOpen: false };
  // A call with its answer stands between empty lines, and so does a headline.
  const parted = (text: string) => {
    print(`\n${text}`);
    state.isOpen = false;
  };
  const line = (text: string) => {
    if (state.isOpen) parted(text);
    else print(text);
  };
  const call = async (method: Method, path: string, body?: object) => {
    const headers = { Authorization: `Bearer ${state.key}` };
    const response = await api(path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { response, text: await response.text() };
  };
  return {
    actAs: (key) => void (state.key = key),
    say: line,
    step(title) {
      state.steps += 1;
      parted(`${state.steps}. ${title}`);
    },
    async tell(method, path, body, status) {
      parted(wrap(`  ${method} ${path} `, JSON.stringify(body)));
      const { response, text } = await call(method, path, body);
      print(wrap(`  → ${response.status} `, text));
      state.isOpen = true;
      const isExpected = status === undefined ? response.ok : response.status === status;
      if (!isExpected) throw new Error(`${path} answered ${response.status} instead of ${status ?? "2xx"}`);
      return answerOf(path, response, text);
    },
    async send(method, path, body) {
      const { response, text } = await call(method, path, body);
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
      return answerOf(path, response, text);
    },
    check(label, { byHand, books, rule = byHand, show = String }) {
      const shown = books === null ? "nothing" : show(books);
      line(`  ${label.padEnd(LABEL_COLUMNS)}${show(byHand).padStart(NUMBER_COLUMNS)} = ${shown}`);
      if (byHand === books && byHand === rule) state.agreed += 1;
      else throw new Error(`${label}: ${show(byHand)} by hand, ${show(rule)} by the rule, ${shown} in the books`);
    },
    agreed: () => state.agreed,
  };
}

function answerOf(path: string, response: Response, text: string): Answer {
  const body: unknown = JSON.parse(text);
  const find = (field: string) => {
    const value = field.split(".").reduce<unknown>((at, name) => fieldOf(at, name), body);
    if (typeof value === "number" || typeof value === "string") return value;
    throw new Error(`${path} answered without ${field}`);
  };
  return {
    number: (field) => Number(find(field)),
    text: (field) => String(find(field)),
    header: (name) => response.headers.get(name),
  };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/** JSON after its lead, broken after commas so that no line is wider than a terminal. */
function wrap(lead: string, json: string): string {
  const lines = [lead];
  for (const part of json.split(/(?<=,)(?=["{])/)) {
    const line = lines.at(-1) ?? "";
    if (line.length + part.length <= COLUMNS) lines[lines.length - 1] = line + part;
    else lines.push(INDENT + part);
  }
  return lines.join("\n");
}
