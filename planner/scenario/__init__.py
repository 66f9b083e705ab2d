"""What is asked: the schema, folders of CSV files, overlays, checks, named scenarios."""
