"""The use-cases, synchronous and free of threads, Qt, SQL and torch; they import the core only."""
