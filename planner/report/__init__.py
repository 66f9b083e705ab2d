"""The Excel workbook of a plan."""
