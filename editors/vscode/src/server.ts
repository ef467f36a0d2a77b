// The language server's life: found, started, told of settings and trust, restarted, stopped.

import * as vscode from 'vscode';
import { LanguageClient, State } from 'vscode-languageclient/node';
import { locate, type Program } from './locate';
import { initializationOptions, settingsFor } from './settings';
import type { Status } from './status';

const LANGUAGES = ['javascript', 'javascriptreact', 'typescript', 'typescriptreact'];
/**
 * Languages with scripts inside. The server goes by the file's extension, and looks at Markdown only where settings files say so: the
 * extension starts by such a file, not by Markdown.
 */
const EMBEDDING = ['html', 'vue', 'svelte', 'astro', 'markdown'];

export const DOCUMENTS = [
  ...LANGUAGES.flatMap((language) => ['file', 'untitled'].map((scheme) => ({ scheme, language }))),
  ...EMBEDDING.map((language) => ({ scheme: 'file', language })),
];

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private program: Program | undefined;
  /** Starts and stops come one after the other, however they are asked for. */
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly status: Status,
    private readonly onMissing: () => void,
  ) {}

  /** The client, where the server runs. */
  get running(): LanguageClient | undefined {
    return this.client?.state === State.Running ? this.client : undefined;
  }

  /** Stops the server if there is one, looks for the program anew, and starts it. */
  restart(): Promise<void> {
    return this.next(async () => {
      await this.stopped();
      this.status.set('starting');
      this.program = await locate(this.log);
      await this.started();
    });
  }

  /** Restarts only if another program would be found now. */
  relocate(): Promise<void> {
    return this.next(async () => {
      const found = await locate(this.log);
      if (found?.command !== this.program?.command) {
        await this.stopped();
        this.status.set('starting');
        this.program = found;
        await this.started();
      }
    });
  }

  stop(): Promise<void> {
    return this.next(() => this.stopped());
  }

  /** Tells the server that settings or the trust in the workspace have changed. */
  async configure(): Promise<void> {
    await this.running?.sendNotification('workspace/didChangeConfiguration', { settings: { jsleak: settingsFor() } });
  }

  dispose(): void {
    void this.stop();
  }

  private next(step: () => Promise<void>): Promise<void> {
    this.last = this.last.then(step).catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
      this.status.set('stopped', error instanceof Error ? error.message : String(error));
    });
    return this.last;
  }

  private async stopped(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.status.set('stopped');
    await client?.dispose();
  }

  private async started(): Promise<void> {
    const program = this.program;
    if (program === undefined) {
      this.status.set('missing');
      this.onMissing();
      return;
    }
    const client = this.makeClient(program);
    this.client = client;
    client.onDidChangeState(({ newState }) => {
      if (client !== this.client) {
        return;
      }
      if (newState === State.Running) {
        this.status.set('running', `${program.version}, ${program.origin}`);
      } else {
        this.status.set(newState === State.Starting ? 'starting' : 'stopped');
      }
    });
    await client.start();
  }

  private makeClient(program: Program): LanguageClient {
    // No transport is named: the client would add --stdio, and streams are what the server uses unasked.
    const executable = { command: program.command, args: [...program.args, 'lsp'] };
    return new LanguageClient('jsleak', 'jsleak', executable, {
      documentSelector: DOCUMENTS,
      outputChannel: this.log,
      initializationOptions,
      middleware: {
        handleWorkDoneProgress: (token, params, next) => {
          this.status.task(token, params.kind === 'end' ? undefined : titleOf(params));
          next(token, params);
        },
        workspace: {
          configuration: async (params, token, next) => {
            const values = await next(params, token);
            if (!Array.isArray(values)) {
              return values;
            }
            return params.items.map((item, index) =>
              item.section === 'jsleak'
                ? settingsFor(item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri))
                : values[index],
            );
          },
        },
        window: {
          showDocument: async (params, token, next) => {
            // Rule pages are Markdown: shown as such.
            const uri = vscode.Uri.parse(params.uri);
            if (params.external === true || !uri.path.endsWith('.md')) {
              return next(params, token);
            }
            await vscode.commands.executeCommand('markdown.showPreviewToSide', uri);
            return { success: true };
          },
        },
      },
    });
  }
}

function titleOf(params: { title?: string; message?: string }): string {
  return params.title ?? params.message ?? 'analysing';
}
