// What the server is told: the settings of section jsleak, and whether the user trusts the workspace.

import * as vscode from 'vscode';

/** The settings that the server reads; those of the extension itself are not among them. */
const SETTINGS = [
  'enable',
  'select',
  'ignore',
  'severity',
  'options',
  'engines',
  'exclude',
  'maxFileSize',
  'background',
  'codeLens',
  'inlayHints',
] as const;

export type Settings = Record<string, unknown>;

/** The settings for a place (a folder or file), the workspace's where there is none. */
export function settingsFor(scope?: vscode.Uri): Settings {
  const section = vscode.workspace.getConfiguration('jsleak', scope ?? null);
  const values: Settings = Object.fromEntries(SETTINGS.map((name) => [name, section.get(name)]));
  values.trust = vscode.workspace.isTrusted;
  return values;
}

/** What is sent when the server starts. */
export function initializationOptions(): Settings {
  return { ...settingsFor(), capabilities: { showGraph: true } };
}
