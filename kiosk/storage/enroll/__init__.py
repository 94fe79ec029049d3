"""Takes as rows: enrolled, adapted and kept ones."""
