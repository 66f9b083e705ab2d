"""Plans beside one another: answers of a comparison, what they differ in, and the workbook of it."""
