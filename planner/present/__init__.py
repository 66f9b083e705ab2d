"""What report, charts, page and terminal all show: wording, figures, series, summary, checklist, views."""
