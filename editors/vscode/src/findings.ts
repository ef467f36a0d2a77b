// The server's findings as VS Code holds them.

import * as vscode from 'vscode';

/** A finding at a place; `key` names it to the server. */
export interface Finding {
  uri: vscode.Uri;
  key: string;
  rule: string;
  range: vscode.Range;
  message: string;
}

export function findingsIn(uri: vscode.Uri): Finding[] {
  return vscode.languages.getDiagnostics(uri).flatMap((diagnostic) => {
    const key = keyOf(diagnostic);
    const code = typeof diagnostic.code === 'object' ? diagnostic.code.value : diagnostic.code;
    return diagnostic.source === 'jsleak' && key !== undefined
      ? [{ uri, key, rule: String(code ?? ''), range: diagnostic.range, message: diagnostic.message }]
      : [];
  });
}

/** The finding that the user means: the innermost one at the cursor, the only one of its line, or what is picked. */
export async function findingAtCursor(): Promise<Finding | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return undefined;
  }
  const all = findingsIn(editor.document.uri);
  const cursor = editor.selection.active;
  const here = all.filter((finding) => finding.range.contains(cursor));
  const innermost = here.find((finding) => here.every((other) => other.range.contains(finding.range)));
  const line = all.filter(({ range }) => range.start.line <= cursor.line && cursor.line <= range.end.line);
  // Several rules may speak of one place.
  const meant = here.filter((finding) => innermost !== undefined && finding.range.isEqual(innermost.range));
  const choice = meant.length > 0 ? meant : line.length > 0 ? line : all;
  if (choice.length === 0) {
    void vscode.window.showInformationMessage('jsleak has no finding in this file.');
    return undefined;
  }
  return choice.length === 1 && choice !== all ? choice[0] : pick(choice);
}

async function pick(findings: Finding[]): Promise<Finding | undefined> {
  const items = findings.map((finding) => ({
    label: finding.rule,
    description: `line ${finding.range.start.line + 1}`,
    detail: finding.message.split('\n')[0] ?? '',
    finding,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Which finding?', matchOnDetail: true }))?.finding;
}

function keyOf(diagnostic: vscode.Diagnostic): string | undefined {
  const data = 'data' in diagnostic ? (diagnostic.data as { key?: unknown } | null | undefined) : undefined;
  return typeof data?.key === 'string' ? data.key : undefined;
}
