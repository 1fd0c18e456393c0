import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { commandPath } from "./debian-packages.ts";

/** Chromium drops what is under way whenever a network interface of the machine comes or goes: each container that starts or ends does that. */
const DISTURBED = "net::ERR_NETWORK_CHANGED";
const MAX_ATTEMPTS = 5;

/** Longest wait for an element or a navigation, in ms. */
const PAGE_LIMIT_MS = 20_000;

/**
 * Runs `use` with a page of the system's Chromium, headless, with a temporary home whose NSS database trusts `ca`;
 * closes and removes both at the end. Certificates are verified as in daily use: without the CA pages do not load.
 * `use` is repeated from its beginning, with a new browser, when it failed after the machine's network had changed.
 *
 * @param ca certificate of the CA to trust, PEM; undefined: only the system's CAs
 * @throws when Chromium or certutil is missing and cannot be installed, and what `use` throws
 */
export async function withPage(ca: string | undefined, use: (page: Page) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    let disturbed = false;
    try {
      return await withBrowser(ca, async (browser) => {
        // A context of its own, so that a test can open a second tab in it.
        const page = await (await browser.newContext()).newPage();
        page.setDefaultTimeout(PAGE_LIMIT_MS);
        page.on("requestfailed", (request) => (disturbed ||= request.failure()?.errorText === DISTURBED));
        await use(page);
      });
    } catch (error) {
      if (!disturbed || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function withBrowser(ca: string | undefined, use: (browser: Browser) => Promise<void>): Promise<void> {
  const executablePath = await commandPath("chromium", "chromium");
  const certutil = await commandPath("certutil", "libnss3-tools");
  const home = await mkdtemp(join(tmpdir(), "dive-browser-"));
  try {
    await trustIn(home, certutil, ca);
    const browser = await chromium.launch({
      executablePath,
      // Chromium refuses its own sandbox when run as root.
      chromiumSandbox: process.getuid?.() !== 0,
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, ".config"), XDG_DATA_HOME: join(home, ".local/share") },
    });
    try {
      await use(browser);
    } finally {
      await browser.close();
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function trustIn(home: string, certutil: string, ca: string | undefined): Promise<void> {
  const database = join(home, ".pki/nssdb");
  await mkdir(database, { recursive: true });
  await execa(certutil, ["-d", `sql:${database}`, "-N", "--empty-password"]);
  if (ca === undefined) return;
  const file = join(home, "ca.pem");
  await writeFile(file, ca);
  // "C,,": trusted to issue server certificates, nothing else.
  await execa(certutil, ["-d", `sql:${database}`, "-A", "-t", "C,,", "-n", "dive", "-i", file]);
}
