// The picture of a finding's path: the server's SVG in a panel, whose boxes and arrows lead to the source.

import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';

interface Place {
  uri: string;
  range: { start: { line: number; character: number }; end: { line: number; character: number } };
}

/** The answer to jsleak/retentionPicture. Edges have a place where something in the source makes them. */
interface Picture {
  title: string;
  svg: string;
  nodes: ({ id: string; label: string } & Place)[];
  edges: ({ from: string; to: string; label: string; strength: 'strong' | 'weak' | 'step' } & Partial<
    { id: string } & Place
  >)[];
}

/** One panel, which shows one finding and follows it while the document is edited. */
export class PicturePanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private shown: { uri: vscode.Uri; key: string; picture: Picture } | undefined;
  private readonly watcher: vscode.Disposable;

  constructor(private readonly client: () => LanguageClient | undefined) {
    this.watcher = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      const shown = this.shown;
      if (shown !== undefined && uris.some((uri) => uri.toString() === shown.uri.toString())) {
        void this.refresh();
      }
    });
  }

  /** Shows the path of a finding beside the editor. */
  async show(uri: vscode.Uri, key: string): Promise<void> {
    const picture = await this.request(uri, key);
    if (picture === undefined) {
      void vscode.window.showInformationMessage('This finding is gone.');
      return;
    }
    this.shown = { uri, key, picture };
    if (this.panel === undefined) {
      this.panel = vscode.window.createWebviewPanel(
        'jsleak.picture',
        'Graph',
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        { enableScripts: true, localResourceRoots: [] },
      );
      this.panel.onDidDispose(() => {
        this.panel = undefined;
        this.shown = undefined;
      });
      this.panel.webview.onDidReceiveMessage((message: unknown) => this.open(message));
    } else {
      this.panel.reveal(undefined, true);
    }
    this.panel.title = `Graph: ${uri.path.slice(uri.path.lastIndexOf('/') + 1)}`;
    this.panel.webview.html = page(picture);
  }

  dispose(): void {
    this.watcher.dispose();
    this.panel?.dispose();
  }

  /** Draws the finding again where the text has changed; the last picture stays where it is gone. */
  private async refresh(): Promise<void> {
    const shown = this.shown;
    if (shown === undefined) {
      return;
    }
    const picture = await this.request(shown.uri, shown.key).catch(() => undefined);
    if (this.shown !== shown || this.panel === undefined) {
      return;
    }
    if (picture === undefined) {
      this.panel.webview.html = page(shown.picture, 'This finding is gone.');
    } else if (JSON.stringify(picture) !== JSON.stringify(shown.picture)) {
      this.shown = { ...shown, picture };
      this.panel.webview.html = page(picture);
    }
  }

  private async request(uri: vscode.Uri, key: string): Promise<Picture | undefined> {
    const client = this.client();
    const textDocument = { uri: client?.code2ProtocolConverter.asUri(uri) };
    return (await client?.sendRequest<Picture | null>('jsleak/retentionPicture', { textDocument, key })) ?? undefined;
  }

  /** Opens the place of the box or arrow that was clicked. */
  private async open(message: unknown): Promise<void> {
    const { picture } = this.shown ?? {};
    const id = typeof message === 'object' && message !== null && 'node' in message ? message.node : undefined;
    const item = [...(picture?.nodes ?? []), ...(picture?.edges ?? [])].find(
      (one) => one.id !== undefined && one.id === id,
    );
    if (item?.uri === undefined || item.range === undefined) {
      return;
    }
    const { start, end } = item.range;
    const uri = vscode.Uri.parse(item.uri);
    const editor = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
    await vscode.window.showTextDocument(uri, {
      selection: new vscode.Range(start.line, start.character, end.line, end.character),
      viewColumn: editor?.viewColumn ?? vscode.ViewColumn.One,
    });
  }
}

function page(picture: Picture, note = ''): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  const title = picture.title
    .split('`')
    .map((part, index) => (index % 2 === 1 ? `<code>${escaped(part)}</code>` : escaped(part)))
    .join('');
  const legend = [
    ['strong', 'keeps alive'],
    ['weak', 'refers to, without keeping alive'],
    ['step', 'comes next'],
  ]
    .filter(([strength]) => picture.edges.some((edge) => edge.strength === strength))
    .map(([strength, text]) => `<li class="${strength}">${text}</li>`)
    .join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style nonce="${nonce}">
  body {
    padding: 8px 14px;
    --jsleak-box: var(--vscode-editorWidget-background);
    --jsleak-strong: var(--vscode-editorError-foreground);
    --jsleak-weak: var(--vscode-descriptionForeground);
    --jsleak-sans: var(--vscode-font-family);
    --jsleak-mono: var(--vscode-editor-font-family);
  }
  h1 { font-size: 1.1em; font-weight: 600; line-height: 1.45; margin: 4px 14px 8px; max-width: 44em; }
  .note { margin: 4px 14px; color: var(--vscode-descriptionForeground); }
  .gone { opacity: 0.5; }
  svg { max-width: 100%; height: auto; display: block; }
  [data-node] { cursor: pointer; }
  .node:hover .box, .node:focus-visible .box { fill: var(--vscode-list-hoverBackground); stroke-width: 2.5; }
  .edge[data-node]:hover text, .edge[data-node]:focus-visible text { text-decoration: underline; }
  [data-node]:focus { outline: none; }
  ul { list-style: none; display: flex; gap: 1.6em; margin: 4px 14px; padding: 0; color: var(--vscode-descriptionForeground); }
  li::before { content: ''; display: inline-block; width: 2em; margin-right: 0.6em; vertical-align: middle; border-top: 2px solid; }
  li.strong::before { border-color: var(--jsleak-strong); }
  li.weak::before { border-top-style: dashed; }
  li.step::before { border-top-width: 1px; }
</style>
</head>
<body>
<h1>${title}</h1>
${note === '' ? '' : `<p class="note">${escaped(note)}</p>`}
<div id="picture"${note === '' ? '' : ' class="gone"'}>${picture.svg}</div>
<ul>${legend}</ul>
<script nonce="${nonce}">
  const code = acquireVsCodeApi();
  const open = (event) => {
    const item = event.target.closest('[data-node]');
    if (item) code.postMessage({ node: item.dataset.node });
  };
  for (const item of document.querySelectorAll('[data-node]')) {
    item.setAttribute('tabindex', '0');
    item.setAttribute('role', 'button');
  }
  document.addEventListener('click', open);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      open(event);
    }
  });
</script>
</body>
</html>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
