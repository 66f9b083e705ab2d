"""What is asked: the schema, readers and writers, overlays, checks, named scenarios, the template."""
