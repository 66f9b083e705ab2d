"""Excel's file format: reading, writing, marks and comments, drop-downs, the template."""
