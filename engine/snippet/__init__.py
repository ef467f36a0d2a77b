"""Programs for experiments: what is cut from the user's module, what stands in for the rest, and what drives and watches it."""
