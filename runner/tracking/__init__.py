"""MLflow, kept out of the run's way: training writes a spool, and a process carries it to the store."""
