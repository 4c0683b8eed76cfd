"""Run by Airflow's Python: loads a folder of DAGs and prints as JSON what is in it."""

from __future__ import annotations

import json
import sys

from airflow.dag_processing.dagbag import BundleDagBag

before = set(sys.modules)
bag = BundleDagBag(sys.argv[1], bundle_path=sys.argv[1], bundle_name="dags")
report = {
    "errors": list(bag.import_errors.values()),
    "dags": {
        dag.dag_id: {
            "max_active_runs": dag.max_active_runs,
            "catchup": dag.catchup,
            "tasks": {
                task.task_id: {
                    "operator": task.task_type,
                    "pool": task.pool,
                    "retries": task.retries,
                    "is_backing_off": bool(task.retry_exponential_backoff),
                    "timeout": task.execution_timeout.total_seconds(),
                    "outlets": [asset.name for asset in task.outlets or []],
                    "after": sorted(task.upstream_task_ids),
                }
                for task in dag.tasks
            },
        }
        for dag in bag.dags.values()
    },
    "loaded": sorted({name.split(".")[0] for name in set(sys.modules) - before}),
}
print(json.dumps(report))
