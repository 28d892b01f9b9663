/** The pages of the example, as plain as can be. Every value is escaped by `html`. */

export function signUpPage({ links, appId, code = "", problem = "" }) {
  return layout(html`
    <script src="${links}/agentlinks.js" data-app-id="${appId}" async></script>
    <h1>Jotter</h1>
    <p>Notes that you find again.</p>
    <form method="post" action="/signup">
      <label>Email <input name="email" type="email" autocomplete="email" required /></label>
      <label>A friend's code, if you have one <input name="code" value="${code}" /></label>
      <p role="alert">${problem}</p>
      <button>Sign up</button>
    </form>
  `);
}

export function accountPage({ links, user, balance, notice = "" }) {
  return layout(html`
    <script src="${links}/referrals.js" async></script>
    <h1>Jotter</h1>
    <p>Signed in as ${user.email}. You have <b id="balance">${balance ?? "–"}</b> credits.</p>
    <p role="status">${notice}</p>
    <form method="post" action="/checkout">
      <input type="hidden" name="order" value="${crypto.randomUUID()}" />
      <button>Buy a notebook for 60 credits</button>
    </form>
    <agentlinks-referrals token-url="/referral-token"></agentlinks-referrals>
  `);
}

export const STYLE = `
  :root { color-scheme: light dark; }
  body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
  label { display: grid; gap: 0.25rem; margin-block: 0.75rem; }
  input, button { font: inherit; padding: 0.5rem 0.75rem; }
  agentlinks-referrals { margin-top: 1.5rem; }
`;

/** Its own files and what comes from AgentLinks, nothing else. */
export const policyFor = (links) =>
  `default-src 'none'; script-src ${links}; connect-src 'self' ${links}; style-src 'self'; form-action 'self'; base-uri 'none'`;

function layout(body) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Jotter</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`;
}

/** Markup whose values are escaped, but for markup of its own. */
function html(parts, ...values) {
  const escaped = values.map((value) => (value instanceof Markup ? value.text : escape(String(value))));
  return new Markup(String.raw({ raw: parts }, ...escaped));
}

class Markup {
  constructor(text) {
    this.text = text;
  }
  toString() {
    return this.text;
  }
}

function escape(text) {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
