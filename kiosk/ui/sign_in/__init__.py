"""The operator PIN: setting it the first time, entering it from then on."""
