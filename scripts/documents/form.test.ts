import { expect, it } from "vitest";
import { formAction } from "./form.ts";

const PAGE = '<form class="x" id="kc-form-login" action="https://localhost:8443/realms/r/login-actions/authenticate?a=1&amp;b=2" method="post">';

it("finds where a form is sent to, and no other form", () => {
  expect(formAction(PAGE, "kc-form-login", "https://localhost:8443/x")).toBe("https://localhost:8443/realms/r/login-actions/authenticate?a=1&b=2");
  expect(formAction(PAGE, "kc-otp-login-form", "https://localhost:8443/x")).toBeUndefined();
  expect(formAction('<form id="kc-otp-login-form" action="/there">', "kc-otp-login-form", "https://localhost:8443/x")).toBe("https://localhost:8443/there");
});
