"""Time a click on Run, and what a trace costs."""
