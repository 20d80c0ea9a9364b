"""Model weights: found, downloaded, verified."""
