"""What is sent to MLflow about a run: parameters, tags, points, the model."""
