// The item in the language status of JavaScript files: what the server is doing, and the command that fits.

import * as vscode from 'vscode';

export type Activity = 'starting' | 'running' | 'stopped' | 'missing';

export class Status implements vscode.Disposable {
  private readonly item: vscode.LanguageStatusItem;
  private activity: Activity = 'stopped';
  private detail = '';
  private readonly tasks = new Map<string | number, string>();

  constructor(selector: vscode.DocumentSelector) {
    this.item = vscode.languages.createLanguageStatusItem('jsleak.status', selector);
    this.item.name = 'jsleak';
    this.show();
  }

  /** What the server does from now on; `detail` says which program it is, or what is wrong. */
  set(activity: Activity, detail = ''): void {
    this.activity = activity;
    this.detail = detail;
    this.tasks.clear();
    void vscode.commands.executeCommand('setContext', 'jsleak.running', activity === 'running');
    this.show();
  }

  /** A task of the server's that takes a while has begun, goes on, or (no title) has ended. */
  task(token: string | number, title: string | undefined): void {
    if (title === undefined) {
      this.tasks.delete(token);
    } else {
      this.tasks.set(token, title);
    }
    this.show();
  }

  dispose(): void {
    this.item.dispose();
  }

  private show(): void {
    const task = [...this.tasks.values()].at(-1);
    this.item.busy = this.activity === 'starting' || task !== undefined;
    this.item.text = {
      starting: 'jsleak: starting',
      running: 'jsleak',
      stopped: 'jsleak: stopped',
      missing: 'jsleak: not installed',
    }[this.activity];
    this.item.detail = task ?? this.detail;
    this.item.severity =
      this.activity === 'stopped' || this.activity === 'missing'
        ? vscode.LanguageStatusSeverity.Warning
        : vscode.LanguageStatusSeverity.Information;
    this.item.command =
      this.activity === 'missing'
        ? { command: 'jsleak.install', title: 'Install' }
        : { command: 'jsleak.restart', title: this.activity === 'stopped' ? 'Start' : 'Restart' };
  }
}
