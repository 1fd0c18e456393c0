import { expect, test } from "vitest";
import { readLoginPage } from "./login-page.ts";

const BASE = new URL("https://localhost:18443/realms/x/protocol/openid-connect/auth?a=b");

test("the login form's action is decoded, whatever the order of its attributes", () => {
  const action = "https://localhost:18443/realms/x/login-actions/authenticate?session_code=s&amp;tab_id=t";
  for (const form of [`<form id="kc-form-login" class="c" action="${action}" method="post">`, `<form action="${action}"\n id="kc-form-login">`]) {
    expect(readLoginPage(`<body><form id="other" action="/no">${form}</form>`, BASE).form?.action.href).toBe(
      "https://localhost:18443/realms/x/login-actions/authenticate?session_code=s&tab_id=t",
    );
  }
});

test("the form for the one-time code is told from the login form", () => {
  const { form, codeForm } = readLoginPage(`<form id="kc-otp-login-form" action="/realms/x/login-actions/authenticate" method="post">`, BASE);
  expect([form, codeForm?.action.href]).toEqual([undefined, "https://localhost:18443/realms/x/login-actions/authenticate"]);
});

test("brokers are found by alias with absolute links", () => {
  const html = `<a data-once-link id="social-fra-idp" type="button" href="/realms/x/broker/fra-idp/login?client_id=c&amp;tab_id=t"><span>FRA</span></a>
    <a id="social-deu-idp" href="https://other.example/x">DEU</a><a id="try-again" href="/z">again</a>`;
  expect([...readLoginPage(html, BASE).brokers].map(([alias, url]) => [alias, url.href])).toEqual([
    ["fra-idp", "https://localhost:18443/realms/x/broker/fra-idp/login?client_id=c&tab_id=t"],
    ["deu-idp", "https://other.example/x"],
  ]);
});

test("the text of an error page, of a refused input and of an alert is the message", () => {
  const messageOf = (html: string): string | undefined => readLoginPage(html, BASE).message;
  expect(messageOf(`<div id="kc-error-message"> <p class="instruction">We are sorry&#8230; Access&nbsp;denied</p></div>`)).toBe("We are sorry… Access denied");
  expect(messageOf(`<span id="input-error-username" aria-live="polite">\n Invalid username or password.\n</span>`)).toBe("Invalid username or password.");
  expect(messageOf(`<span class="pf-v5-c-alert__title kc-feedback-text">It&#x27;s gone</span>`)).toBe("It's gone");
});

test("a page without form, brokers and message says so, and keeps its title", () => {
  expect(readLoginPage("<title>Update &lt;Account&gt;</title><p>hello</p>", BASE)).toEqual({
    form: undefined,
    codeForm: undefined,
    brokers: new Map(),
    message: undefined,
    title: "Update <Account>",
  });
});
