import { defineConfig } from "@playwright/test";
import { CHROME } from "../support/instance.mjs";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.mjs",
  outputDir: "../../.tributary/browser",
  fullyParallel: true,
  // Two cores: a browser and a Worker each.
  workers: 2,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    // Headless Chromium says that it is one, and would be taken for the program that it is.
    userAgent: CHROME,
    locale: "en-US",
    timezoneId: "UTC",
    // What a worker asks, tests cannot hold up or refuse.
    serviceWorkers: "block",
    launchOptions: {
      executablePath: process.env.CHROMIUM_BIN || "/usr/bin/chromium",
      args: [
        "--no-sandbox", // as root, where CI runs
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
