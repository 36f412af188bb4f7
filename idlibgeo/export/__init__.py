"""One file per product; each writer takes a `Release` and a path, and nothing else makes files of a bundle."""
