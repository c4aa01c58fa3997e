"""Tables, figures and tests, written from result files."""
