"""What support asks for, as facts: read from the machine, changing nothing, naming nobody."""
