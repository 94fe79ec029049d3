"""What goes into the frozen program, what stays out, and how large it is."""
