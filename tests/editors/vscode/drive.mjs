// node drive.mjs OPTIONS.json: carries out one scenario in VS Code and writes what it saw, step by step.
// Everything is waited for by what shows it, never by time. A step that fails ends the run; its picture is failure.png.
import fs from 'node:fs';
import path from 'node:path';

const { address, folder, out, chromium: executablePath, playwright, scenario, patience, kinds, fixes } = JSON.parse(
  fs.readFileSync(process.argv[2], 'utf8'),
);
const { chromium, errors } = await import(path.join(playwright, 'index.mjs'));

const report = [];
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
page.setDefaultTimeout(patience);

const SOON = 5000; // milliseconds that what a key brings is looked for before the key is pressed again
let limit = patience;

const began = Date.now();
async function step(name, action) {
  let seen;
  try {
    seen = await action();
  } catch (error) {
    await page.screenshot({ path: `${out}/failure.png` });
    const told = await notifications().catch((reason) => `no notifications: ${reason.message}`);
    report.push({ step: name, ok: false, seen: `${error.stack}\n${told}`, seconds: (Date.now() - began) / 1000 });
    throw error;
  }
  report.push({ step: name, ok: true, seen: seen ?? null, seconds: (Date.now() - began) / 1000 });
}

const shot = (name) => page.screenshot({ path: `${out}/${name}.png` });
const plain = (text) => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim();
const attached = { state: 'attached' };

// What the user does

async function openFolder() {
  await page.goto(`${address}/?folder=${encodeURIComponent(folder)}`);
  await page.locator('.monaco-workbench').waitFor();
  await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
}

/**
 * Presses a key until what it brings shows, which `shows` waits for. A busy window loses keys, and one in which something else takes
 * the focus closes the input that a key has just opened.
 */
async function press(key, shows) {
  const until = Date.now() + limit;
  for (;;) {
    await page.keyboard.press(key);
    try {
      return await shows({ timeout: SOON });
    } catch (error) {
      if (!(error instanceof errors.TimeoutError) || Date.now() > until) {
        throw error;
      }
      await page.keyboard.press('Escape');
    }
  }
}

const quickRow = (text) => page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first();

/** Types into the quick input that a key opens, and chooses there; all of it anew if the input goes meanwhile. */
const quick = (key, text, choose) =>
  press(key, async (soon) => {
    const input = page.locator('.quick-input-widget input.input');
    await input.waitFor({ state: 'visible', ...soon });
    await input.fill(text, soon);
    await choose(soon);
  });

const openFile = (name) =>
  quick('Control+P', name, async (soon) => {
    await quickRow(name).waitFor(soon);
    await page.keyboard.press('Enter');
    await page.locator(`.tabs-container .tab.active[data-resource-name="${name}"]`).waitFor(soon);
  });

const command = (title) => quick('F1', `>${title}`, (soon) => quickRow(title).click(soon));

const goTo = (line, column) =>
  quick('Control+G', `:${line}:${column}`, async (soon) => {
    await page.keyboard.press('Enter');
    const cursor = new RegExp(`Ln ${line}, Col ${column}\\b`);
    await page.locator('#status\\.editor\\.selection', { hasText: cursor }).waitFor(soon);
  });

/** The action that the light bulb offers where the cursor is. */
async function action(title) {
  const row = page.locator('.action-widget .monaco-list-row', { hasText: title }).first();
  await press('Control+.', (soon) => row.waitFor(soon));
  return row;
}

/** What VS Code has told the user; it may be what explains a failure. */
async function notifications() {
  limit = SOON;
  page.setDefaultTimeout(limit);
  await page.keyboard.press('Escape');
  await command('Notifications: Show Notifications');
  await page.locator('.notifications-center').waitFor();
  return (await page.locator('.notifications-center .notification-list-item').allInnerTexts()).map(plain).join('\n');
}

const problems = () => page.locator('.markers-panel .monaco-list-row');
const squiggle = () => page.locator('.squiggly-error');
const restrictedMode = () => page.locator('#status\\.workspaceTrust');
const lens = (text) => page.locator('.codelens-decoration a', { hasText: text });

// The outer frame is VS Code's, the inner one holds the extension's page.
const webview = () => page.frameLocator('iframe.webview').frameLocator('#active-frame');

async function pictured() {
  const nodes = webview().locator('svg .node');
  await nodes.first().waitFor();
  return (await nodes.locator('title').allTextContents()).map((title) => title.split('\n')[0]);
}

async function closeEditors() {
  await command('View: Close All Editors');
  await page.locator('.tabs-container .tab').first().waitFor({ state: 'detached' });
}

async function closePicture() {
  const tab = page.getByRole('tab', { name: /^Graph: handle\.js/ });
  await tab.click({ button: 'middle' });
  await tab.waitFor({ state: 'detached' });
}

/** A stretch of one line is selected; VS Code shows its end and length. */
const selected = (text, line, column) =>
  page
    .locator('#status\\.editor\\.selection', { hasText: `Ln ${line}, Col ${column + text.length} (${text.length} selected)` })
    .waitFor();

/** Whether a file comes to be; false where it takes too long. */
const appears = (file) =>
  new Promise((resolve) => {
    const watcher = fs.watch(path.dirname(file), () => fs.existsSync(file) && done(true));
    const timer = setTimeout(() => done(false), patience);
    const done = (there) => {
      watcher.close();
      clearTimeout(timer);
      resolve(there);
    };
  });

const scenarios = {
  async trusted() {
    await step('squiggle', async () => {
      await openFolder();
      await openFile('handle.js');
      await squiggle().first().waitFor(attached);
    });
    await step('problems', async () => {
      await command('Problems: Focus on Problems View');
      await problems().filter({ hasText: 'held-value-retains-target' }).first().waitFor();
      return (await problems().allInnerTexts()).map(plain);
    });
    await step('hover', async () => {
      await command('View: Focus Active Editor Group');
      await page.locator('.view-line span', { hasText: 'register' }).last().hover();
      const hover = page.locator('.monaco-hover:visible', { hasText: 'held-value-retains-target' }).first();
      await hover.waitFor();
      await shot('hover');
      return plain(await hover.innerText());
    });
    await step('picture', async () => {
      await page.keyboard.press('Escape');
      await command('View: Toggle Primary Side Bar Visibility');
      await lens('target held by').click();
      return pictured();
    });
    await step('picture by the palette', async () => {
      await closePicture();
      await goTo(6, 10);
      await command('jsleak: Show Graph of Finding');
      // Two rules speak of this call: which one is asked.
      await quickRow('held-value-retains-target').click();
      return pictured();
    });
    await step('click on a node', async () => {
      await webview().locator('.node', { hasText: 'arrow function' }).click();
      await selected('() => closeFile(this.fd)', 6, 29);
      await webview().locator('.edge[data-node]', { hasText: 'captures' }).click();
      await selected('this', 6, 45);
    });
    await step('lens and verdict', async () => {
      await lens('Confirm held-value-retains-target').click();
      const verdict = lens(/held-value-retains-target: confirmed/i);
      await verdict.waitFor();
      return plain(await verdict.innerText());
    });
    await step('verdict in the problems', async () => {
      const row = problems().filter({ hasText: 'Confirmed on' }).first();
      await row.waitFor();
      await shot('picture');
      return plain(await row.innerText());
    });
    await step('restart', async () => {
      await closePicture();
      await command('jsleak: Restart Server');
      // A new server knows of no verdict.
      await lens('Confirm held-value-retains-target').waitFor();
    });
    await step('confirm the file by the palette', async () => {
      await goTo(6, 10);
      await command('jsleak: Confirm All Findings of File on the Engine');
      await lens(/held-value-retains-target: confirmed/i).waitFor();
    });
    await step('explain', async () => {
      await (await action('Explain held-value-retains-target')).click();
      const heading = webview().locator('h1, h2').first();
      await heading.waitFor();
      const tab = page.getByRole('tab', { name: /^Preview held-value-retains-target/ });
      await tab.click({ button: 'middle' });
      await tab.waitFor({ state: 'detached' });
    });
    await step('quick fix', async () => {
      await goTo(6, 10);
      const fix = await action('Capture `fd` instead of `this`');
      await shot('quick-fix');
      await fix.click();
      await squiggle().first().waitFor({ state: 'detached' });
      await press('Control+S', (soon) => page.locator('.tab.active:not(.dirty)').waitFor(soon));
      await problems().filter({ hasText: 'held-value-retains-target' }).first().waitFor({ state: 'detached' });
      return fs.readFileSync(path.join(folder, 'handle.js'), 'utf8');
    });
  },

  // The folder's .venv/bin/python writes `trap` when it is started; the program is on PATH.
  async untrusted() {
    const trap = path.join(folder, 'trap');
    await step('findings without trust', async () => {
      await openFolder();
      await openFile('handle.js');
      await squiggle().first().waitFor(attached);
      await lens('target held by').waitFor();
      return { confirm: await lens('Confirm').count(), trap: fs.existsSync(trap) };
    });
    await step('trust', async () => {
      const started = appears(trap);
      await command('Workspaces: Manage Workspace Trust');
      await page.locator('.workspace-trust-editor .monaco-button', { hasText: /^(Trust|Yes)/ }).first().click();
      // The page of trust takes the focus when it is shown anew.
      await page.locator('.workspace-trust-header.workspace-trust-trusted').waitFor();
      await restrictedMode().waitFor({ state: 'detached' });
      await openFile('handle.js');
      await lens('Confirm held-value-retains-target').waitFor();
      return { trap: await started };
    });
  },

  // Files that are not open are not examined here: what shows is of the open one.
  async languages() {
    const open = async (name) => {
      await openFile(name);
      await lens('target held by').first().waitFor();
      const language = plain(await page.locator('#status\\.editor\\.mode').innerText());
      await closeEditors();
      return language;
    };
    const [first, ...rest] = kinds;
    await step(first, async () => {
      await openFolder();
      return open(first);
    });
    for (const [name, title] of Object.entries(fixes)) {
      const row = problems().filter({ hasText: 'held-value-retains-target' }).filter({ hasText: '(): void =>' }).first();
      await step(`problem in ${name}`, async () => {
        await openFile(name);
        await command('Problems: Focus on Problems View');
        await row.waitFor();
        const told = plain(await row.innerText());
        await row.dblclick();
        const selection = page.locator('#status\\.editor\\.selection', { hasText: 'selected' });
        await selection.waitFor();
        const marked = plain(await selection.innerText());
        await command('View: Focus Active Editor Group');
        await press('ArrowLeft', (soon) => selection.waitFor({ state: 'detached', ...soon })); // back into the finding
        return [told, marked];
      });
      await step(`hover in ${name}`, async () => {
        await command('Show or Focus Hover');
        const hover = page.locator('.monaco-hover:visible', { hasText: 'held-value-retains-target' }).first();
        await hover.waitFor();
        await shot(`hover ${name}`);
        return plain(await hover.innerText());
      });
      await step(`fix in ${name}`, async () => {
        await page.keyboard.press('Escape');
        await (await action(title)).click();
        await row.waitFor({ state: 'detached' });
        await press('Control+S', (soon) => page.locator('.tab.active:not(.dirty)').waitFor(soon));
        await squiggle().first().waitFor({ state: 'detached' });
        await closeEditors();
        return fs.readFileSync(path.join(folder, name), 'utf8');
      });
    }
    for (const name of rest) {
      await step(name, () => open(name));
    }
  },

  async missing() {
    await step('told what is missing', async () => {
      await openFolder();
      await openFile('handle.js');
      const toast = page.locator('.notification-toast', { hasText: 'jsleak is not installed' });
      await toast.waitFor();
      return (await toast.locator('.monaco-button:visible').allInnerTexts()).map(plain).filter(Boolean);
    });
    await step('path', async () => {
      await page.locator('.notification-toast .monaco-button', { hasText: 'Set Path' }).click();
      const setting = page.locator('.setting-item-description', { hasText: 'The jsleak program' });
      await setting.waitFor();
      return plain(await setting.innerText());
    });
  },
};

try {
  await scenarios[scenario]();
} catch (error) {
  process.exitCode = 1;
  console.error(error.stack);
} finally {
  fs.writeFileSync(`${out}/report.json`, JSON.stringify(report, null, 1));
  await browser.close();
}
