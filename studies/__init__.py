"""What takes too long for the tests: trials against planted truths, and speed."""
