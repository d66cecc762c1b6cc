"""Training drivers: runs with restarts and success criteria."""
