"""What recorded steps of somebody's training show, in a script or in a run of a class."""
