// Where the jsleak program is: the setting, the interpreter chosen in the Python extension, the folder's .venv, PATH.

import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { PVSC_EXTENSION_ID, PythonExtension } from '@vscode/python-extension';
import * as vscode from 'vscode';

/** A program that answered; `args` go before the subcommand. */
export interface Program {
  command: string;
  args: string[];
  origin: string;
  version: string;
}

interface Candidate {
  command: string;
  args: string[];
  origin: string;
}

// -P: a folder of the workspace must not be taken for the package.
const MODULE = ['-P', '-m', 'jsleak'];
const ANSWER_WITHIN = 20_000;
const run = promisify(execFile);

/** The first program that answers. What was tried goes to the log. */
export async function locate(log: vscode.LogOutputChannel): Promise<Program | undefined> {
  for await (const candidate of candidates(log)) {
    const version = await versionOf(candidate, log);
    if (version !== undefined) {
      log.info(`jsleak ${version}: ${candidate.command} (${candidate.origin})`);
      return { ...candidate, version };
    }
  }
  return undefined;
}

/** The setting's value with its variables filled in; empty where it is not set. */
export function configuredPath(): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  return vscode.workspace
    .getConfiguration('jsleak')
    .get<string>('path', '')
    .trim()
    .replace(/^~(?=$|[\\/])/, homedir())
    .replace(/\$\{(userHome|workspaceFolder)\}/g, (_, name) => (name === 'userHome' ? homedir() : folder));
}

/** The interpreter that is chosen in the Python extension, if that is there. */
export async function chosenInterpreter(log: vscode.LogOutputChannel): Promise<string | undefined> {
  if (vscode.extensions.getExtension(PVSC_EXTENSION_ID) === undefined) {
    return undefined;
  }
  try {
    const { environments } = await PythonExtension.api();
    const chosen = environments.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri);
    return (await environments.resolveEnvironment(chosen))?.executable.uri?.fsPath;
  } catch (error) {
    log.warn(`The Python extension was asked for its interpreter: ${String(error)}`);
    return undefined;
  }
}

/** Calls back when another interpreter is chosen. */
export async function onInterpreterChosen(callback: () => void): Promise<vscode.Disposable | undefined> {
  if (vscode.extensions.getExtension(PVSC_EXTENSION_ID) === undefined) {
    return undefined;
  }
  const { environments } = await PythonExtension.api();
  return environments.onDidChangeActiveEnvironmentPath(callback);
}

async function* candidates(log: vscode.LogOutputChannel): AsyncGenerator<Candidate> {
  const configured = configuredPath();
  if (configured !== '') {
    // Named by the user: another one in its place would only hide the mistake.
    yield { command: configured, args: [], origin: 'jsleak.path' };
    return;
  }
  if (vscode.workspace.isTrusted) {
    // An interpreter may lie in the folder, and to start it is to run the folder's code.
    const interpreter = await chosenInterpreter(log);
    if (interpreter !== undefined) {
      yield { command: interpreter, args: MODULE, origin: 'the interpreter chosen in the Python extension' };
    }
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const python = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
      const command = path.join(folder.uri.fsPath, '.venv', ...python);
      if (await isExecutable(command)) {
        yield { command, args: MODULE, origin: `.venv of ${folder.name}` };
      }
    }
  }
  const names = process.platform === 'win32' ? ['jsleak.exe'] : ['jsleak'];
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const command of names.map((name) => path.join(folder, name))) {
      if (path.isAbsolute(folder) && (await isExecutable(command))) {
        yield { command, args: [], origin: 'PATH' };
      }
    }
  }
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function versionOf(candidate: Candidate, log: vscode.LogOutputChannel): Promise<string | undefined> {
  const { command, args, origin } = candidate;
  try {
    const { stdout } = await run(command, [...args, '--version'], { timeout: ANSWER_WITHIN, windowsHide: true });
    const version = /^jsleak (\S+)/.exec(stdout)?.[1];
    if (version === undefined) {
      log.warn(`${command} (${origin}) is not jsleak: it answered ${JSON.stringify(stdout.slice(0, 80))}`);
    }
    return version;
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    log.info(`No jsleak in ${command} (${origin}): ${reason}`);
    return undefined;
  }
}
