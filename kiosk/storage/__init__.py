"""The database: the only place that imports SQLAlchemy or Alembic."""
