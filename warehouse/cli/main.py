"""The command line `otlp-warehouse`: finds the verb, and turns errors into a sentence and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import cast

import typer

from warehouse.cli import (
    advise,
    assemble,
    build,
    check,
    demo,
    docs,
    doctor,
    export,
    ingest,
    optimize,
    publish,
    rejects,
    report,
    sql,
    status,
    trace,
    vacuum,
)
from warehouse.cli.settings import file_settings
from warehouse.cli.text import one_line
from warehouse.errors import COULD_NOT_RUN, USAGE, WarehouseError
from warehouse.stores.objects import StoreError

_VERBS: dict[str, Callable[..., None]] = {
    "demo": demo.demo,
    "ingest": ingest.ingest,
    "assemble": assemble.assemble,
    "build": build.build,
    "check": check.check,
    "publish": publish.publish,
    "sql": sql.sql,
    "report": report.report,
    "export": export.export,
    "trace": trace.trace,
    "status": status.status,
    "rejects": rejects.rejects,
    "optimize": optimize.optimize,
    "vacuum": vacuum.vacuum,
    "advise": advise.advise,
    "docs": docs.docs,
    "doctor": doctor.doctor,
}
_INTERRUPTED = 130
_UNREADABLE = ("IOException", "InvalidInputException")
"""What DuckDB raises when it cannot read a file."""
# Typer bundles its own copy of Click, whose usage errors are public only as the base of this one.
_UsageError = cast("type[Exception]", typer.BadParameter.__base__)

app = typer.Typer(
    name="otlp-warehouse",
    help="Raw OpenTelemetry exports in, a Delta lake and a star schema with proven integrity out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "OTLP_WAREHOUSE"},
)
for _name, _verb in _VERBS.items():
    app.command(_name)(_verb)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"otlp-warehouse {version('otlp-warehouse')}")
        raise typer.Exit


@app.callback()
def _root(
    debug: bool = typer.Option(False, "--debug", help="Show the stack trace of an error. Works anywhere."),
    telemetry: str | None = typer.Option(
        None,
        "--telemetry",
        metavar="PATH",
        help="Append this run's own traces and metrics to a file (or folder) of OTLP JSON. Works anywhere.",
    ),
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, show_envvar=False, help="Show the version."
    ),
) -> None:
    """Settings come from flags, then OTLP_WAREHOUSE_* variables, then otlp-warehouse.toml."""


def run(arguments: Sequence[str]) -> int:
    """Run one verb. Returns its exit code: 0 done, 1 a check failed, 2 usage, 3 could not run."""
    is_debug = "--debug" in arguments or bool(os.environ.get("OTLP_WAREHOUSE_DEBUG"))
    rest, target = _telemetry([a for a in arguments if a != "--debug"])
    verb = next((a for a in rest if a in _VERBS), None)
    if target is None or verb is None:
        return _run(rest, is_debug)
    try:
        from warehouse.telemetry.recording import recording

        with recording(target, f"otlp-warehouse {verb}") as own:
            code = _run(rest, is_debug)
            own.ends_with(code)
    except WarehouseError as error:
        return _report(error, error.message, error.exit_code, is_debug)
    print(own.whereabouts, file=sys.stderr, end="")
    return code


def _telemetry(arguments: list[str]) -> tuple[list[str], str | None]:
    """The arguments without --telemetry, and where the run is to be recorded; None when it is not."""
    rest, target = [], os.environ.get("OTLP_WAREHOUSE_TELEMETRY") or None
    words = iter(arguments)
    for word in words:
        if word == "--telemetry":
            target = next(words, None)
        elif word.startswith("--telemetry="):
            target = word.partition("=")[2]
        else:
            rest.append(word)
    return rest, target


def _run(arguments: Sequence[str], is_debug: bool) -> int:
    try:
        command = cast(typer.core.TyperGroup, typer.main.get_command(app))
        code = command.main(
            list(arguments),
            prog_name="otlp-warehouse",
            standalone_mode=False,
            default_map=file_settings(_options(command)),
        )
        sys.stdout.flush()  # here, where a reader that left is known
        return code if isinstance(code, int) else 0
    except WarehouseError as error:
        return _report(error, error.message, error.exit_code, is_debug)
    except _UsageError as error:
        return _usage(error, is_debug)
    except (KeyboardInterrupt, typer.Abort) as error:
        return _report(error, "Interrupted: run the same command again to go on.", _INTERRUPTED, is_debug)
    except (BrokenPipeError, SystemExit):  # Click makes the one of the other
        # The reader of our output left, which is no fault, and what is still buffered has none either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _report(error, _unexpected(error), COULD_NOT_RUN, is_debug)


def _unexpected(error: Exception) -> str:
    reason = (str(error).strip().splitlines() or [""])[0]
    # By name: DuckDB is not loaded for every verb.
    if type(error).__name__ in _UNREADABLE and type(error).__module__ == "_duckdb":
        return f"{reason}: `otlp-warehouse doctor` tells whether files of the lake are missing or damaged."
    if isinstance(error, StoreError | PermissionError | FileNotFoundError) and error.errno is None:
        return f"{reason}."  # a store's refusal is a sentence
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename} cannot be used ({error.strerror}): mend that, or name another path."
    return f"Unexpected {type(error).__name__}: {reason} (--debug shows where)."


def _options(group: typer.core.TyperGroup) -> dict[str, dict[str, str]]:
    """By verb, the parameters by the names of their flags, underscores for dashes."""
    return {
        verb: {
            flag.lstrip("-").replace("-", "_"): str(option.name)
            for option in command.params
            for flag in option.opts
        }
        for verb, command in group.commands.items()
    }


def _usage(error: Exception, is_debug: bool) -> int:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    if not message:  # no arguments at all: Typer has shown the help
        return USAGE
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "otlp-warehouse"
    return _report(error, f"{message.rstrip('.')}. See `{command} --help`.", USAGE, is_debug)


def _report(error: BaseException, sentence: str, code: int, is_debug: bool) -> int:
    if is_debug:
        traceback.print_exception(error)
    # File names that it tells of may hold anything.
    print(one_line(sentence), file=sys.stderr)
    return code


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
