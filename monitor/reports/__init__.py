"""Reports for the assessment office: league tables, scorecards and the circular."""
