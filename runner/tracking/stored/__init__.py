"""What a store holds, read: by MLflow's client, or from a SQLite file without the second that its import takes."""
