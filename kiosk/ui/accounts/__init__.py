"""Who is signed in at the window, and for how long."""
