"""What the lake tells, as tables that DuckDB reads; hot state is never asked."""
