"""The names of the files that runs and sweeps leave, each of them once."""

from __future__ import annotations

# Of a run, and of a sweep where these have a meaning there.
RECORD = "run.json"
SUMMARY = "summary.json"
EVENTS = "events.jsonl"
FINDINGS = "findings.json"
HISTORY = "history.parquet"
WEIGHTS = "weights.npz"
METRICS = "metrics.json"
SNAPSHOTS = "snapshots.npz"
ANSWERS = "answers.npz"  # of somebody's own network, for plots
EXPLANATION = "explanation.md"  # among the artifacts
REPORT = "report.html"
CHANGES = "changes.diff"
FIX = "fix_{}.diff"  # the change of somebody's file for the cause of this rank
CHECKPOINTS = "checkpoints"
HYDRA = (".hydra/config.yaml", ".hydra/hydra.yaml", ".hydra/overrides.yaml")

# Of a gradient check, and of the ladder.
CHECK = "check.json"
LADDER = "ladder.json"

# Of a sweep.
SWEEP = "sweep.json"
JOBS = "jobs.jsonl"
RESULTS = "results.jsonl"
TABLE = "results.parquet"
RANKING = "ranking.md"
MAP = "map.png"
RATES = "rates.png"
MULTIRUN = "multirun.yaml"

# What only a run or sweep under way needs, and MLflow.
SPOOL = "spool"
SPOOLED_HISTORY = f"{SPOOL}/history.f64"
RESERVE = f"{SPOOL}/reserve"
PROCESS = f"{SPOOL}/process.json"  # who trains, so that others can find out whether it still does
CLAIM = f"{SPOOL}/claim.lock"  # held by who trains
HEARTBEAT = f"{SPOOL}/heartbeat"
JOURNAL = f"{SPOOL}/delivery.jsonl"
DELIVERY_LOCK = f"{SPOOL}/delivery.lock"
MLFLOW_RUN = f"{SPOOL}/mlflow.json"  # which MLflow run belongs to the folder
WRITER_LOG = f"{SPOOL}/writer.log"

# In the folder of all runs.
FINISHED = "finished.jsonl"
ARTIFACTS = "mlartifacts"
UI = "ui.json"  # where MLflow's pages are served just now
