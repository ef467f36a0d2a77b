// The commands of the palette. Those that the server carries out are only passed on to it.

import * as vscode from 'vscode';
import { findingAtCursor, findingsIn } from './findings';
import { chosenInterpreter } from './locate';
import type { PicturePanel } from './picture';
import type { Server } from './server';

export function registerCommands(
  context: vscode.ExtensionContext,
  server: Server,
  panel: PicturePanel,
  log: vscode.LogOutputChannel,
): void {
  const commands: Record<string, (...args: never[]) => Promise<unknown> | undefined> = {
    'jsleak.restart': () => server.restart(),
    'jsleak.showOutput': async () => log.show(),
    'jsleak.install': () => install(server, log),
    'jsleak.showGraph': (uri?: string, key?: string) => showGraph(server, panel, uri, key),
    'jsleak.confirmFinding': () => confirmFinding(server),
    'jsleak.confirmThisFile': () => onFile(server, 'jsleak.confirmFile'),
    'jsleak.runThisFile': () => onFile(server, 'jsleak.run'),
    'jsleak.explainRule': () => explainRule(context, server),
  };
  for (const [name, handler] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, handler as (...args: unknown[]) => unknown));
  }
}

/** What is done where the program was not found. */
export async function offerInstallation(log: vscode.LogOutputChannel): Promise<void> {
  const configured = vscode.workspace.getConfiguration('jsleak').get<string>('path', '');
  const message =
    configured === ''
      ? 'jsleak is not installed where it is looked for: the chosen Python interpreter, .venv, PATH.'
      : `The setting jsleak.path names no jsleak program: ${configured}`;
  const actions = configured === '' ? ['Install', 'Set Path', 'Show Output'] : ['Set Path', 'Show Output'];
  const choice = await vscode.window.showWarningMessage(message, ...actions);
  if (choice === 'Install') {
    await vscode.commands.executeCommand('jsleak.install');
  } else if (choice === 'Set Path') {
    await openPathSetting();
  } else if (choice === 'Show Output') {
    log.show();
  }
}

/** Programs differ from machine to machine, and so does this setting: it is the remote's where there is one. */
async function openPathSetting(): Promise<void> {
  const command = vscode.env.remoteName === undefined ? 'workbench.action.openSettings' : 'workbench.action.openRemoteSettings';
  await vscode.commands.executeCommand(command, { query: '@id:jsleak.path' });
}

/** Writes the command that installs into a terminal, for the user to run, and starts the server after that. */
async function install(server: Server, log: vscode.LogOutputChannel): Promise<void> {
  if (server.running !== undefined) {
    void vscode.window.showInformationMessage('jsleak is installed and runs.');
    return;
  }
  const interpreter = vscode.workspace.isTrusted ? await chosenInterpreter(log) : undefined;
  const python = interpreter ?? (process.platform === 'win32' ? 'py' : 'python3');
  const terminal = vscode.window.createTerminal('Install jsleak');
  terminal.show();
  terminal.sendText(`${/[\s()&]/.test(python) ? JSON.stringify(python) : python} -m pip install jsleak`, false);
  const choice = await vscode.window.showInformationMessage(
    'Press Enter in the terminal to install jsleak there, then start the server.',
    'Start the Server',
    'Set Path',
  );
  if (choice === 'Start the Server') {
    await server.restart();
  } else if (choice === 'Set Path') {
    await openPathSetting();
  }
}

async function showGraph(server: Server, panel: PicturePanel, uri?: string, key?: string): Promise<void> {
  if (!(await runs(server))) {
    return;
  }
  if (typeof uri === 'string' && typeof key === 'string') {
    await panel.show(vscode.Uri.parse(uri), key);
    return;
  }
  const finding = await findingAtCursor();
  if (finding !== undefined) {
    await panel.show(finding.uri, finding.key);
  }
}

async function confirmFinding(server: Server): Promise<void> {
  const finding = (await runs(server)) && (await trusted()) ? await findingAtCursor() : undefined;
  if (finding !== undefined) {
    await execute(server, 'jsleak.confirm', protocolUri(server, finding.uri), finding.key);
  }
}

async function onFile(server: Server, command: string): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (document !== undefined && (await runs(server)) && (await trusted())) {
    await execute(server, command, protocolUri(server, document.uri));
  }
}

async function explainRule(context: vscode.ExtensionContext, server: Server): Promise<void> {
  if (!(await runs(server))) {
    return;
  }
  const editor = vscode.window.activeTextEditor;
  const cursor = editor?.selection.active;
  const here =
    editor === undefined ? [] : findingsIn(editor.document.uri).filter(({ range }) => cursor && range.contains(cursor));
  const first = [...new Set(here.map((finding) => finding.rule))];
  const rules = context.extension.packageJSON.contributes.configuration.properties['jsleak.severity'].properties;
  const items = [...new Set([...first, ...Object.keys(rules)])].map((label) => ({
    label,
    description: String(rules[label]?.description ?? ''),
  }));
  const rule =
    first.length === 1 ? first[0] : (await vscode.window.showQuickPick(items, { placeHolder: 'Which rule?' }))?.label;
  if (rule !== undefined) {
    await execute(server, 'jsleak.explain', rule);
  }
}

/** Has the server carry out one of its commands; it shows progress and results itself. */
async function execute(server: Server, command: string, ...args: unknown[]): Promise<void> {
  await server.running?.sendRequest('workspace/executeCommand', { command, arguments: args });
}

function protocolUri(server: Server, uri: vscode.Uri): string {
  return server.running?.code2ProtocolConverter.asUri(uri) ?? uri.toString();
}

async function runs(server: Server): Promise<boolean> {
  if (server.running === undefined) {
    const choice = await vscode.window.showWarningMessage('The jsleak server does not run.', 'Start');
    if (choice === 'Start') {
      await server.restart();
    }
  }
  return server.running !== undefined;
}

async function trusted(): Promise<boolean> {
  if (!vscode.workspace.isTrusted) {
    const choice = await vscode.window.showWarningMessage(
      'An experiment runs code of this folder, which you have not said to trust.',
      'Manage Trust',
    );
    if (choice === 'Manage Trust') {
      await vscode.commands.executeCommand('workbench.trust.manage');
    }
  }
  return vscode.workspace.isTrusted;
}
