"""Makes the manual page and the shell completions of ``kiosk`` from its own commands."""
