// Draw saved messages as pictures: node tests/bench/pictures.mjs FOLDER [CHROMIUM]
//
// FOLDER holds the files of `python -m tests.bench.messages --save FOLDER`, and a node_modules beside or above it with
// slack-blocks-to-jsx@1.1.1, react@18, react-dom@18 and playwright-core. Each becomes two pictures, 380 and 760 wide.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const folder = resolve(process.argv[2]);
const require = createRequire(join(folder, "here.js"));
const { createElement } = require("react");
const { renderToStaticMarkup } = require("react-dom/server");
const { Message } = require("slack-blocks-to-jsx");
const { chromium } = require("playwright-core");
const style = readFileSync(require.resolve("slack-blocks-to-jsx/dist/style.css"), "utf8");

const browser = await chromium.launch({ executablePath: process.argv[3] ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const width of [380, 760]) {
  const page = await browser.newPage({ viewport: { width, height: 640 } });
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const blocks = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const drawn = renderToStaticMarkup(
      createElement(Message, { blocks, name: "missing", time: new Date(0), logo: "", withoutWrapper: false }),
    );
    await page.setContent(`<style>${style} body { margin: 8px; font-family: Lato, sans-serif }</style>${drawn}`);
    await page.screenshot({ path: join(folder, file.replace(/\.json$/, ` ${width}.png`)), fullPage: true });
    console.log(`${file} ${width} x ${await page.evaluate(() => document.documentElement.scrollHeight)}`);
  }
}
await browser.close();
