"""What speaks to MLflow: a client made ready, one run in the store, the runs of a sweep, files without passwords."""
