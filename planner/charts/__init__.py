"""Pictures of a plan for people who would rather look: one page of HTML, and PNG files."""
