"""Trajectories to learn from: the model asks, the product's own memory answers."""
