import { html } from "hono/html";
import { Account } from "./account.tsx";
import { HeroArt } from "./art.tsx";
import { Collection } from "./collection.tsx";
import { LIVE_MODULE } from "./live.ts";
import { Panel, type PanelView } from "./panel.tsx";
import type { SignupForm } from "./signup-form.ts";
import { STYLES } from "./styles.ts";

export interface ShopView extends PanelView {
  readonly appId: string;
  /** Lets this page's style and module past its content security policy. */
  readonly nonce: string;
  readonly form: SignupForm;
}

/** The Demo Shop's page. In its head stands what a site owner pastes, and nothing else of AgentLinks. */
export function shopPage(view: ShopView) {
  return html`<!doctype html> ${<Page {...view} />}`;
}

function Page(view: ShopView) {
  return (
    <html lang="en">
      <Head appId={view.appId} nonce={view.nonce} />
      <body>
        <a class="skip" href="#main">
          Skip to the shop
        </a>
        <p class="notice">
          A demo: nothing is charged, nothing is sent. <a href="#happened-title">See what just happened</a>
        </p>
        <Masthead />
        <div class="wide layout">
          <main id="main">
            <Hero />
            <Collection currency={view.story.currency} newId={view.newId} />
            <Promises />
            <Account customer={view.story.customer} form={view.form} />
          </main>
          <Panel {...view} />
        </div>
        <Footer />
      </body>
    </html>
  );
}

function Head({ appId, nonce }: { appId: string; nonce: string }) {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>Lowtide Stoneware: the AgentLinks Demo Shop</title>
      <meta name="description" content="Hand-thrown stoneware, and a look at what a referral does." />
      <meta name="theme-color" content="#1d5a5e" />
      <link rel="icon" href={ICON} />
      {html`<script src="/agentlinks.js" data-app-id="${appId}" async></script>`}
      <style nonce={nonce} dangerouslySetInnerHTML={{ __html: STYLES }} />
      <script nonce={nonce} type="module" dangerouslySetInnerHTML={{ __html: LIVE_MODULE }} />
    </head>
  );
}

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><circle cx="20" cy="20" r="20" fill="#1d5a5e"/>' +
    '<path d="M9 17c4-4 7 4 11 0s7-4 11 0M9 25c4-4 7 4 11 0s7-4 11 0" fill="none" stroke="#fff" stroke-width="3" ' +
    'stroke-linecap="round"/></svg>',
)}`;

function Masthead() {
  return (
    <header class="wide masthead">
      <a class="brand" href="/demo">
        <svg viewBox="0 0 40 40" aria-hidden="true" focusable="false">
          <circle cx="20" cy="20" r="20" fill="var(--sea)" />
          <path
            d="M9 17c4-4 7 4 11 0s7-4 11 0M9 25c4-4 7 4 11 0s7-4 11 0"
            fill="none"
            stroke="var(--on-sea)"
            stroke-width="3"
            stroke-linecap="round"
          />
        </svg>
        <span class="serif">Lowtide</span>
      </a>
      <nav aria-label="Shop">
        <ul>
          <li>
            <a href="#collection">Collection</a>
          </li>
          <li>
            <a href="#account">Account</a>
          </li>
        </ul>
      </nav>
    </header>
  );
}

function Hero() {
  return (
    <div class="hero">
      <div>
        <p class="eyebrow">Thrown, dipped and fired by the sea</p>
        <h1>Stoneware for slow mornings</h1>
        <p>
          River clay, wood ash and patience. Every piece is a little different, and all of them are meant to be used.
        </p>
        <a class="button" href="#collection">
          See the collection
        </a>
      </div>
      <HeroArt />
    </div>
  );
}

function Promises() {
  return (
    <ul class="promises">
      <li>
        <strong>Fired at 1,260 °C</strong> Dense enough for the dishwasher and the oven.
      </li>
      <li>
        <strong>Glazed with wood ash</strong> Food-safe, and never twice the same.
      </li>
      <li>
        <strong>Thirty days to return</strong> Try it: the refund buttons work.
      </li>
    </ul>
  );
}

function Footer() {
  return (
    <footer>
      <div class="wide">
        <p>Lowtide Stoneware is not a real shop. Its backend reports to AgentLinks as yours would.</p>
        <p>Answers on this machine only.</p>
      </div>
    </footer>
  );
}
