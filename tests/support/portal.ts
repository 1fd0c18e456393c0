import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { freshCode } from "./one-time-code.ts";

/** Who signs in. */
export interface Person {
  readonly username: string;
  readonly password: string;
  /** `otpauth://` URI. */
  readonly totp: string;
}

const axe = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds against WCAG 2.2 A and AA and its best practices, one line each; nothing when the page is accessible as far as a program can tell. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Not as a script of the page, which its Content-Security-Policy would refuse.
  await page.evaluate(await axe);
  const { violations } = await page.evaluate<{ violations: { id: string; help: string; nodes: { target: string[] }[] }[] }>("axe.run(document)");
  return violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ target }) => target.join(" ")).join(", ")})`);
}

/** Fills the forms of a nation's Keycloak that are shown, until the page is back at the portal. */
export async function answerForms(page: Page, portal: string, { username, password, totp }: Person): Promise<void> {
  const name = page.locator("#username");
  const code = page.locator("#otp");
  const back = page.locator("#sign-out");
  for (;;) {
    await name.or(code).or(back).first().waitFor().catch(async (cause: unknown) => {
      // Without the query, which may hold a code.
      throw new Error(`neither a form nor the portal at ${page.url().split(/[?#]/, 1)[0]}: ${(await page.locator("body").innerText()).slice(0, 500)}`, { cause });
    });
    if (page.url().startsWith(portal)) return;
    if (await name.isVisible()) {
      await name.fill(username);
      await page.locator("#password").fill(password);
      await page.locator("#kc-login").click();
      await name.waitFor({ state: "hidden" });
    } else {
      await code.fill(await freshCode(totp));
      await page.locator("#kc-login").click();
      await code.waitFor({ state: "hidden" });
    }
  }
}

/** Takes a picture of the page as on a desk and as on a phone, into the folder that `DIVE_SCREENSHOTS` names; without it none. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["DIVE_SCREENSHOTS"];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  const before = page.viewportSize();
  for (const [size, width, height] of [["desktop", 1_280, 800], ["narrow", 390, 844]] as const) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: join(folder, `${name}-${size}.png`), fullPage: true });
  }
  if (before !== null) await page.setViewportSize(before);
}
