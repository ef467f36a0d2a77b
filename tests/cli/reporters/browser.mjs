// node browser.mjs OPTIONS.json: opens reports in Chromium, uses them, and writes what it saw as JSON, by the name of each step.
// Nothing is waited for by time; a step that fails is told as an error, and the next one is tried.
import fs from 'node:fs';
import path from 'node:path';

const { pages, out, chromium: executablePath, playwright, patience } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const { chromium } = await import(path.join(playwright, 'index.mjs'));

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const seen = {};

async function step(name, file, action, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: 'light', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const requests = [];
  const trouble = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => trouble.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('dialog', (dialog) => { trouble.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  const address = `file://${pages[file]}`;
  try {
    await page.goto(address);
    const result = await action(page, address);
    await page.screenshot({ path: `${out}/${name}.png` });
    seen[name] = { result, trouble, requests: requests.filter((url) => !url.startsWith(address)) };
  } catch (error) {
    await page.screenshot({ path: `${out}/${name}.png` });
    seen[name] = { error: error.stack, trouble };
  }
  await context.close();
}

/** Lines of the findings that show. */
const lines = (page) =>
  page.$$eval('.finding', (all) =>
    all.filter((one) => one.checkVisibility()).map((one) => Number(one.querySelector('.place').textContent.split(':').at(-2))),
  );
const status = (page) => page.locator('#shown').innerText();
const box = (page, name, value) => page.locator(`input[name=${name}][value="${value}"]`);

await step('open', 'full', async (page) => ({
  lines: await lines(page),
  status: await status(page),
  marked: await page.locator('.finding').first().locator('mark').allInnerTexts(),
  picture: await page.locator('svg .node').evaluateAll((nodes) => nodes.map((node) => node.querySelector('text').textContent)),
}));

await step('severity', 'full', async (page) => {
  await box(page, 'severity', 'error').uncheck();
  const without = await lines(page);
  await box(page, 'severity', 'warning').uncheck();
  return { without, status: await status(page), both: await lines(page) };
});

await step('verdict', 'full', async (page) => {
  await box(page, 'verdict', 'not tested').uncheck();
  return lines(page);
});

await step('rule', 'full', async (page) => {
  await page.locator('#rule').selectOption('anonymous-target');
  const chosen = await lines(page);
  await page.locator('#rule').selectOption('');
  return { chosen, all: await lines(page) };
});

await step('search', 'full', async (page) => {
  const search = page.getByLabel('Search');
  const found = {};
  for (const words of ['nobody else', 'TRACK(this', 'pool.js:13', 'captures help', 'no such thing']) {
    await search.fill(words);
    found[words] = await lines(page);
  }
  const empty = await page.locator('.group').first().isVisible();
  await page.getByRole('button', { name: 'Reset' }).click();
  await page.waitForFunction(() => document.getElementById('shown').textContent === '3 of 3 shown');
  return { found, empty, reset: await lines(page), words: await search.inputValue() };
});

await step('group by rule', 'full', async (page) => {
  const headings = () => page.locator('.group > h2').allInnerTexts();
  const before = await headings();
  await page.getByLabel('rule', { exact: true }).check();
  const byRule = { headings: await headings(), lines: await lines(page) };
  await page.locator('nav a', { hasText: 'src/pool.js' }).click();
  await page.waitForFunction(() => document.querySelector('#file-1')?.isConnected);
  return { before, byRule, after: await headings(), lines: await lines(page) };
});

await step('deep link', 'full', async (page, address) => {
  const place = page.locator('.finding .place').nth(2);
  const href = await place.getAttribute('href');
  await page.goto('about:blank');
  await page.goto(address + href);
  const focused = () => page.evaluate(() => document.activeElement.querySelector?.('.place')?.textContent);
  const first = await focused();
  // A filter that hides what the link names gives way.
  await page.getByLabel('Search').fill('no such thing');
  const hidden = await lines(page);
  await page.evaluate((hash) => { location.hash = ''; location.hash = hash; }, href);
  await page.waitForFunction(() => document.getElementById('shown').textContent === '3 of 3 shown');
  return { first, hidden, then: await focused(), lines: await lines(page) };
});

await step('rule help', 'full', async (page) => {
  await page.locator('.finding .rule').first().click();
  await page.locator('details.about[open]').waitFor();
  const text = await page.locator('details.about[open]').innerText();
  await page.locator('details.about[open] .index a').first().click();
  await page.waitForFunction(() => document.activeElement.classList.contains('finding'));
  return text.includes('How to fix it');
});

await step('keyboard', 'full', async (page) => {
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement.textContent);
  // The links to what is suppressed, skipped and a problem, then the filters.
  for (let index = 0; index < 4; index++) await page.keyboard.press('Tab');
  const search = await page.evaluate(() => document.activeElement.id);
  await page.keyboard.type('nobody');
  return { first, search, lines: await lines(page) };
});

await step('print', 'full', async (page) => {
  await page.getByLabel('Search').fill('no such thing');
  const screen = await lines(page);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const print = await lines(page);
  const form = await page.locator('#filters').isVisible();
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const closed = await page.$$eval('details.about .index', (all) => all.map((one) => one.getBoundingClientRect().height > 0));
  const pdf = await page.pdf({ path: `${out}/report.pdf`, format: 'A4', printBackground: true });
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length;
  return { screen, print, form, ground, closed, pages };
});

await step('dark', 'full', (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor), { colorScheme: 'dark' });

await step('without script', 'full', async (page) => ({ lines: await page.locator('.finding:visible').count(), form: await page.locator('#filters').isVisible() }), {
  javaScriptEnabled: false,
});

await step('narrow', 'full', (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), {
  viewport: { width: 400, height: 800 },
});

await step('evil', 'evil', async (page) => {
  await page.getByLabel('Search').fill('team');
  // What would have run by now: two frames have been drawn, with everything in them loaded.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  return { lines: await lines(page), images: await page.locator('img').count(), scripts: await page.locator('script').count() };
});

await step('policy', 'full', (page) =>
  page.evaluate(async () => {
    const refused = [];
    document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.body.append(script);
    const fetched = await fetch('https://example.invalid/').then(() => true, () => false);
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return { injected: Boolean(window.injected), fetched, refused: refused.sort() };
  }),
);

await step('empty', 'empty', (page) => page.locator('.nothing').innerText());

/** Names and contrast, by what the browser computes. */
const accessible = (page) =>
  page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgb = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ground = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = rgb(getComputedStyle(at).backgroundColor);
        if (colour[3] === 255) return colour;
      }
      return [255, 255, 255, 255];
    };
    const faint = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || !element.checkVisibility() || element.closest('svg, script, style, button, option, .skip')) continue;
      const pair = [luminance(rgb(getComputedStyle(element).color)), luminance(ground(element))].sort((a, b) => b - a);
      const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
      if (ratio < 4.5) faint.add(`${node.data.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    const unnamed = [...document.querySelectorAll('input, select')].filter((field) => !field.labels.length).length;
    const levels = [...document.querySelectorAll('h1, h2, h3')].filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1]));
    const jumps = levels.filter((level, index) => index && level > levels[index - 1] + 1).length;
    return { faint: [...faint], unnamed, jumps, first: levels[0] };
  });
await step('accessible light', 'full', accessible);
await step('accessible dark', 'full', accessible, { colorScheme: 'dark' });

await browser.close();
fs.writeFileSync(path.join(out, 'seen.json'), JSON.stringify(seen, null, 1));
