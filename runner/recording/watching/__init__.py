"""The light watch of somebody's script: it runs as it is, and what its training does is written down."""
