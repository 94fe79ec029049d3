"""Voice models on disk: their files, manifests and cohorts."""
