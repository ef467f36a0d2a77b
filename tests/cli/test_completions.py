"""``jsleak completions``: the scripts, run by the shells that are there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jsleak.analysis.rule import rule_names
from jsleak.cli.app import _Commands

SCRIPTS = Path(sys.executable).parent
COMMANDS = set(_Commands.modules)
#: A line up to the cursor, and what it is completed to.
LINES: dict[str, tuple[str, set[str]]] = {
    "commands": ("jsleak ", COMMANDS),
    "a command": ("jsleak exp", {"explain"}),
    "a flag": ("jsleak lint --unsafe", {"--unsafe-fixes"}),
    "a severity": ("jsleak lint --min-severity ", {"info", "warning", "error"}),
    "a format": ("jsleak lint --format js", {"json"}),
    "all rules": ("jsleak lint --select ", set(rule_names())),
    "a rule": ("jsleak lint --select held", {"held-value-retains-target"}),
    "a rule behind another": ("jsleak lint --ignore object-held-value,held", {"object-held-value,held-value-retains-target"}),
    "a rule that is not there yet": (
        "jsleak lint --select held-value-retains-target,anonymous-t,anonymous-",
        {
            "held-value-retains-target,anonymous-t,anonymous-target",
            "held-value-retains-target,anonymous-t,anonymous-weakref-target",
        },
    ),
    "an option of a rule": ("jsleak lint --rule-option throw-after", {"throw-after-register.any-call="}),
    "a rule to explain": ("jsleak explain token", {"token-mismatch"}),
    "a shell": ("jsleak completions ", {"bash", "fish", "zsh"}),
    "nothing of that name": ("jsleak lint --select nonsense", set()),
}

#: Prints what the shell's own script makes of ``$LINE``, one a line.
BASH = """
eval "$(jsleak completions bash)"
read -ra COMP_WORDS <<<"$LINE"
[[ $LINE == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
function_of=$(complete -p jsleak); function_of=${function_of#*-F }; function_of=${function_of%% *}
compopt() { :; }
"$function_of" jsleak
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = """
jsleak completions fish | source
complete -C "$LINE" | string replace -r '\\t.*' ''
"""
#: Outside of an editor there is nothing to complete in: what the script would hand to it is printed.
ZSH = """
compdef() { :; }
compadd() { while [[ $1 == -* && $1 != -a ]]; do [[ $1 == -V ]] && shift; shift; done; [[ $1 == -a ]] && print -l -- "${(@P)2}"; }
_describe() { while [[ $1 == -* ]]; do [[ $1 == -V ]] && shift; shift; done; print -l -- "${(@)${(@P)1}%%:*}"; }
eval "$(jsleak completions zsh)"
words=(${(z)LINE}); [[ $LINE == *" " ]] && words+=("")
CURRENT=${#words}
_jsleak_completion
"""


def completed(shell: list[str], program: str, line: str, folder: Path) -> set[str]:
    environment = {**os.environ, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}", "LINE": line, "HOME": str(folder)}
    done = subprocess.run(
        [*shell, "-c", program],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return {found for found in done.stdout.splitlines() if found}


def shells() -> Iterator[object]:
    known = (("bash", BASH, ["--norc"]), ("fish", FISH, ["--no-config"]), ("zsh", ZSH, ["-f"]))
    for name, program, arguments in known:
        there = shutil.which(name)
        yield pytest.param(
            [there, *arguments], program, id=name, marks=pytest.mark.skipif(there is None, reason=f"{name} is not on this machine")
        )


@pytest.mark.parametrize(("shell", "program"), list(shells()))
@pytest.mark.parametrize(("line", "expected"), LINES.values(), ids=LINES)
def test_completed(tmp_path: Path, shell: list[str], program: str, line: str, expected: set[str]) -> None:
    assert completed(shell, program, line, tmp_path) == expected


def test_a_shell_that_is_not_known() -> None:
    done = subprocess.run([SCRIPTS / "jsleak", "completions", "csh"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "'csh' is not one of 'bash', 'fish', 'zsh'." in done.stderr
