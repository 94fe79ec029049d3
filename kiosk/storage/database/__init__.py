"""What all stores share: engines, tables, statements, files, faults."""
