"""``jsleak cache``: where the results of earlier runs are, how much room they take, and how to be rid of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import click

from jsleak.workspace.cache import ResultCache

from .options import shown_size
from .output import counted

if TYPE_CHECKING:
    from jsleak.workspace.cache.store import Store

_folder = click.option(
    "--cache-dir", metavar="PATH", help="Another one (also: JSLEAK_CACHE_DIR; default: in the user's cache folder)."
)


@click.group()
def cache() -> None:
    """Show or empty the cache of results.

    A file whose content and settings have not changed since an earlier `jsleak lint` is not analysed again.
    """


@cache.command("dir")
@_folder
def show_folder(cache_dir: str | None) -> int:
    """Print the folder of the cache."""
    click.echo(ResultCache(cache_dir).folder)
    return 0


@cache.command("size")
@_folder
def show_size(cache_dir: str | None) -> int:
    """Print how many results there are, and how much room they take."""
    from jsleak.workspace.cache.store import FAILURES

    try:
        usage = _store(cache_dir).usage()
    except FAILURES as error:
        _fail(error)
    click.echo(f"{counted(usage.results, 'result')}, {shown_size(usage.size)}")
    return 0


@cache.command("clean")
@_folder
@click.option("-q", "--quiet", is_flag=True, help="Say nothing.")
def clean(cache_dir: str | None, quiet: bool) -> int:
    """Remove all results, also those of other versions of jsleak, and nothing else."""
    from jsleak.workspace.cache.store import FAILURES

    try:
        freed = _store(cache_dir).clean()
    except FAILURES as error:
        _fail(error)
    if not quiet:
        click.echo(f"Removed {shown_size(freed)}." if freed else "There was nothing to remove.")
    return 0


def _store(folder: str | None) -> Store:
    from jsleak.workspace.cache.store import Store

    return Store(ResultCache(folder).folder)


def _fail(error: Any) -> NoReturn:
    raise click.ClickException(f"The cache cannot be used: {error}")
