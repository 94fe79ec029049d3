"""Who looks after the kiosk, which programs use it, and what each may do."""
