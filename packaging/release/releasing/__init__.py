"""What a release needs beside the program: its version, icons, and a list of what is in it."""
