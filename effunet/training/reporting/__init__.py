"""What a user sees of a run: estimate, progress, metrics, pages."""
