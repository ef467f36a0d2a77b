"""The tree of a program in a file, with the places that it has there."""

from __future__ import annotations

from ..syntax.parse import Program, SyntaxProblem, parse
from .code import Code


def read_program(code: Code, filename: str) -> Program:
    """Parse a program. Raises ``SyntaxProblem``, whose offset is one of the file."""
    try:
        whole = code.whole.text if code.whole is not None else None
        program = parse(
            code.parsed, filename=filename, source_type=code.source_type, jsx=code.jsx, whole=whole, modular=code.modular
        )
    except SyntaxProblem as problem:
        raise SyntaxProblem(problem.message, code.offset(problem.offset), problem.kind, early=problem.early) from None
    code.settle(program.root)
    return program
