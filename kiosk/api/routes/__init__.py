"""The routes: what arrives is checked, a use-case is called, its result is put into words."""
