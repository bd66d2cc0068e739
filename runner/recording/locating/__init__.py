"""The place in their source that makes a gradient wrong."""
