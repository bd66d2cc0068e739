"""What MLflow gets of a run, in its words: parameters, tags, points, the model."""
