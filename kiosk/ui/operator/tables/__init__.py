"""Tables: their rows page by page, their looks, their search."""
