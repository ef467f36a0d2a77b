// A thin client: everything about JavaScript is the server's.

import * as vscode from 'vscode';
import { offerInstallation, registerCommands } from './commands';
import { onInterpreterChosen } from './locate';
import { PicturePanel } from './picture';
import { DOCUMENTS, Server } from './server';
import { Status } from './status';

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('jsleak', { log: true });
  const status = new Status(DOCUMENTS);
  const running = new Server(log, status, () => void offerInstallation(log));
  const panel = new PicturePanel(() => running.running);
  server = running;
  context.subscriptions.push(
    log,
    status,
    running,
    panel,
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('jsleak.path')) {
        void running.restart();
      } else if (event.affectsConfiguration('jsleak')) {
        void running.configure();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(async () => {
      await running.configure();
      // The interpreter of the folder may be used from now on.
      await running.relocate();
    }),
  );
  registerCommands(context, running, panel, log);
  void onInterpreterChosen(() => void running.relocate()).then(
    (listener) => listener && context.subscriptions.push(listener),
    (error: unknown) => log.warn(String(error)),
  );
  await running.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
