"""The stages that DAGs are made of: how each runs, is tried again, and says why it failed."""

from __future__ import annotations

import datetime as dt
import logging
import shlex
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Context, chain
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from dag_settings import BIN, ENGINE, JOBS, POOL, PUBLISHED, RETRY_SECONDS
from dag_telemetry import ERROR, TRACEPARENT, tell_run

_CHECK_FAILED, _USAGE = 1, 2


def tell_failure(context: Context) -> None:
    """The last line in the log of a task that failed for good, and with it the run."""
    tell_run(context, ERROR)
    ti = context["ti"]
    reason = str(context.get("exception") or "The task ended without a word.").strip()
    logging.getLogger("airflow.task").error(
        "%s stopped at %s. %s When that is mended, clear this task, and the run goes on from here.",
        ti.dag_id,
        ti.task_id,
        reason,
    )


DEFAULTS: dict[str, Any] = {
    "retries": 3,
    "retry_delay": dt.timedelta(seconds=RETRY_SECONDS),
    "retry_exponential_backoff": True,
    "max_retry_delay": dt.timedelta(minutes=30),
    "execution_timeout": dt.timedelta(hours=6),
    "on_failure_callback": tell_failure,
}
"""`default_args` of every DAG."""


class ToolkitOperator(BashOperator):
    """Runs a verb of `otlp-warehouse`. Its last line is the task's result, or the reason why it failed.

    A failed check and wrong usage are not tried again, for that would change nothing.
    """

    template_fields = ("arguments", "env")

    def __init__(self, *, verb: str, arguments: Any, **options: Any) -> None:
        env = {"PYTHONUNBUFFERED": "1", "TRACEPARENT": TRACEPARENT}
        super().__init__(bash_command="", append_env=True, env=env, **options)
        self.verb = verb
        self.arguments = arguments

    def execute(self, context: Context) -> str:
        command = shlex.join([str(BIN / "otlp-warehouse"), self.verb, *self.arguments])
        done = self.subprocess_hook.run_command(["bash", "-c", f"exec {command}"], env=self.get_env(context))
        if done.exit_code == 0:
            return done.output
        if done.exit_code in (_CHECK_FAILED, _USAGE):
            raise AirflowFailException(done.output)
        if done.exit_code < 0:
            raise AirflowException(f"otlp-warehouse {self.verb} was ended by signal {-done.exit_code}.")
        raise AirflowException(done.output or f"otlp-warehouse {self.verb} ended with {done.exit_code}.")


def _engine(verb: str, job: str) -> tuple[type[Any], str, dict[str, Any]]:
    """The operator of a stage that either engine can do, which argument takes its words, and the others."""
    if ENGINE == "local":
        return ToolkitOperator, "arguments", {"task_id": verb, "verb": verb, "pool": POOL}
    from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

    return (
        SparkSubmitOperator,
        "application_args",
        {
            "task_id": verb,
            "name": f"otlp-warehouse {verb}",
            "application": str(JOBS / f"{job}.py"),
            "spark_binary": str(BIN / "spark-submit"),
            "env_vars": {"PYSPARK_PYTHON": str(BIN / "python"), "TRACEPARENT": TRACEPARENT},
            "pool": POOL,
        },
    )


def ingest(arguments: Any) -> Any:
    """One ingest with these words."""
    operator, words, options = _engine("ingest", "ingest_otlp")
    return operator(**options, **{words: arguments})


def ingest_each(arguments: Any) -> Any:
    """An ingest for each list of words, so that a run that broke off goes on where it broke off."""
    operator, words, options = _engine("ingest", "ingest_otlp")
    return operator.partial(**options).expand(**{words: arguments})


def _planned(place: str) -> str:
    """What the plan says, by template: an argument would draw a line from it to every stage."""
    return f"{{{{ ti.xcom_pull(task_ids='plan', key='{place}') }}}}"


LAKE, SERVED = ["--lake", _planned("lake")], ["--warehouse", _planned("warehouse")]


def publish_after(landed: Any, *, settle: bool = False) -> None:
    """Everything from what landed to what is served. `settle` takes late spans of old dates at once."""
    operator, words, engine_options = _engine("assemble", "assemble_traces")
    options = {"pool": POOL}
    chain(
        landed,
        operator(**engine_options, **{words: [*(["--settle"] if settle else []), *LAKE, *SERVED]}),
        ToolkitOperator(
            task_id="dbt_build", verb="build", arguments=["--models-only", *LAKE, *SERVED], **options
        ),
        ToolkitOperator(task_id="checks", verb="check", arguments=["--candidate", *SERVED], **options),
        ToolkitOperator(task_id="publish", verb="publish", arguments=SERVED, outlets=[PUBLISHED], **options),
        ToolkitOperator(
            task_id="report",
            verb="report",
            arguments=["--out", _planned("report"), *SERVED],
            on_success_callback=tell_run,
        ),
    )


def maintain(plan: Any) -> None:
    """Tidy the lake, then look whether what is served still holds."""
    operator, words, options = _engine("optimize", "maintain_lake")
    both = [*LAKE, *SERVED]
    chain(
        plan,
        operator(**options, **{words: both if ENGINE == "local" else ["--only", "optimize", *both]}),
        ToolkitOperator(task_id="vacuum", verb="vacuum", arguments=both, pool=POOL),
        ToolkitOperator(
            task_id="checks", verb="check", arguments=SERVED, pool=POOL, on_success_callback=tell_run
        ),
    )
